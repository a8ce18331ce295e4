package dev.pocketagent.router.provider;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

import dev.pocketagent.router.catalog.Catalog;
import dev.pocketagent.router.catalog.CatalogConfig;
import dev.pocketagent.router.catalog.Model;
import dev.pocketagent.router.catalog.Price;
import dev.pocketagent.router.catalog.Selection;
import io.vertx.core.Vertx;

/** The configured providers, their models and how one is chosen. A wrong configuration stops the service at its start. */
@Singleton
public class Providers {

    private static final String SANDBOX = "sandbox";
    /** Never unhealthy: the threshold is out of reach. */
    private static final int NEVER = Integer.MAX_VALUE;

    private final Map<String, Provider> byName = new LinkedHashMap<>();
    private final Catalog catalog;
    private final Selection selection;

    @Inject
    Providers(CatalogConfig config, Vertx vertx, Clock clock) {
        var models = new ArrayList<Model>();
        // By name, because a configuration map has no order of its own.
        new TreeMap<>(config.providers()).forEach((name, provider) -> {
            if (SANDBOX.equals(name) || "pocket".equals(name)) {
                throw new IllegalArgumentException(key(name, "type") + ": the name \"" + name + "\" is taken");
            }
            byName.put(name, switch (provider.type()) {
                case OPENAI_COMPATIBLE -> openAiCompatible(name, provider, vertx);
                case SANDBOX -> sandbox(name, config, vertx, clock);
            });
            for (var text : provider.models().orElse(List.of())) {
                models.add(Model.parse(name, text));
            }
        });
        byName.put(SANDBOX, sandbox(SANDBOX, config, vertx, clock));
        var price = new Price(config.sandbox().inputMicrosPerMillion(), config.sandbox().outputMicrosPerMillion());
        catalog = new Catalog(models, new Model(Catalog.SANDBOX, SANDBOX, Catalog.SANDBOX, price, 0),
                config.auto().orElse(List.of()), config.sandbox().inAuto());
        selection = new Selection(catalog, name -> get(name).health().healthy());
    }

    @PreDestroy
    void close() {
        byName.values().forEach(Provider::close);
    }

    public Provider get(String name) {
        return Objects.requireNonNull(byName.get(name), name);
    }

    public Collection<Provider> all() {
        return byName.values();
    }

    public Catalog catalog() {
        return catalog;
    }

    public Selection selection() {
        return selection;
    }

    private static Provider openAiCompatible(String name, CatalogConfig.Provider config, Vertx vertx) {
        var baseUrl = config.baseUrl()
                .orElseThrow(() -> new IllegalArgumentException(key(name, "base-url") + " is missing"));
        var apiKey = config.apiKeyFile().map(file -> readKey(name, file)).orElse(null);
        var health = new Health(config.failuresToOpen(), config.cooldown().toNanos(), System::nanoTime);
        return new OpenAiCompatible(name,
                new OpenAiCompatible.Settings(baseUrl, apiKey, config.maxConnections(), config.maxWaiting(),
                        config.connectTimeout().toMillis(), config.firstByteTimeout().toMillis(),
                        config.idleTimeout().toMillis(), config.totalTimeout().toMillis(),
                        (int) Math.max(1, config.keepAlive().toSeconds())),
                health, vertx);
    }

    private static Provider sandbox(String name, CatalogConfig config, Vertx vertx, Clock clock) {
        return new Sandbox(name, config.sandbox().tokenDelay().toMillis(), new Health(NEVER, 0, System::nanoTime),
                vertx,
                clock);
    }

    private static String readKey(String name, Path file) {
        try {
            var text = Files.readString(file).strip();
            if (text.isEmpty() || text.chars().anyMatch(c -> c <= ' ' || c > '~')) {
                throw new IllegalArgumentException(key(name, "api-key-file") + ": " + file + " holds no key");
            }
            return text;
        } catch (IOException e) {
            throw new IllegalArgumentException(key(name, "api-key-file") + ": " + file + " can not be read", e);
        }
    }

    private static String key(String name, String property) {
        return "pocket.router.providers." + name + "." + property;
    }
}
