package dev.pocketagent.router.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;

/** Starts a {@link FaultyUpstream} and configures providers that lead to it, one that leads nowhere, a narrow and a hasty one. */
public class UpstreamResource implements QuarkusTestResourceLifecycleManager {

    /** Micro-dollars per million tokens: 1 and 2 micro-dollars a token. */
    static final String PRICE = ":1000000:2000000";

    private FaultyUpstream upstream;
    /** The key of a provider and the journal of usage: gone when the tests are. */
    private Path files;

    @Override
    public Map<String, String> start() {
        try {
            upstream = new FaultyUpstream();
            files = Files.createTempDirectory("router-test");
            var key = Files.writeString(files.resolve("provider.key"), "provider-secret\n");
            var config = new HashMap<String, String>();
            config.put("pocket.router.providers.faulty.base-url", upstream.url());
            config.put("pocket.router.providers.faulty.api-key-file", key.toString());
            config.put("pocket.router.providers.faulty.models",
                    FaultyUpstream.MODELS.stream().map(model -> model + PRICE).collect(Collectors.joining(",")));
            config.put("pocket.router.providers.faulty.first-byte-timeout", "20s"); // also on a busy machine
            config.put("pocket.router.providers.faulty.failures-to-open", "100000"); // tests do not wait for each other
            config.put("pocket.router.providers.hasty.base-url", upstream.url());
            config.put("pocket.router.providers.hasty.models", "silent:0:0,stall:0:0");
            config.put("pocket.router.providers.hasty.first-byte-timeout", "700ms");
            config.put("pocket.router.providers.hasty.idle-timeout", "700ms");
            config.put("pocket.router.providers.hasty.total-timeout", "2s");
            config.put("pocket.router.providers.gone.base-url", "http://127.0.0.1:1/v1");
            config.put("pocket.router.providers.gone.models", "unreachable:0:0");
            config.put("pocket.router.providers.narrow.base-url", upstream.url() + "/");
            config.put("pocket.router.providers.narrow.models", "echo:0:0,silent:0:0");
            config.put("pocket.router.providers.narrow.max-connections", "1");
            config.put("pocket.router.providers.narrow.max-waiting", "1");
            config.put("pocket.router.auto", "unreachable,faulty/echo");
            config.put("pocket.router.sandbox.token-delay", "1ms");
            config.put("pocket.router.gateway.max-body", "16M"); // whatever the heap of the tests is
            config.put("pocket.router.gateway.max-bodies-held", "64M");
            config.put("pocket.router.gateway.max-receiving", "660");
            config.put("pocket.router.gateway.body-deadline", "3s");
            config.put("pocket.router.gateway.max-answer", "1M");
            config.put("pocket.router.gateway.max-event", "1M");
            config.put("pocket.router.usage.journal-dir", files.resolve("usage").toString());
            return config;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void inject(TestInjector injector) {
        injector.injectIntoFields(upstream, new TestInjector.MatchesType(FaultyUpstream.class));
    }

    @Override
    public void stop() {
        try {
            if (upstream != null) {
                upstream.close();
            }
            if (files != null) {
                try (var all = Files.walk(files)) {
                    all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
