package dev.pocketagent.cli.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.home.SecretFiles;
import dev.pocketagent.cli.output.Json;

/**
 * The model providers that this machine can use: those whose key is in the environment (or was once, and is kept), and an
 * Ollama that answers.
 */
final class ModelProviders {

    private static final Duration OLLAMA_PATIENCE = Duration.ofMillis(400);
    private static final int MAX_OLLAMA_MODELS = 5;

    /**
     * @param name short name
     * @param baseUrl OpenAI-compatible, up to and without {@code /chat/completions}
     * @param keyFile empty for a provider that asks for none
     * @param models in the form {@code id:inputMicrosPerMillion:outputMicrosPerMillion:contextWindow}, best guess first
     */
    record Provider(String name, String baseUrl, Optional<Path> keyFile, List<Model> models) {}

    /**
     * @param id as the provider calls it
     * @param inputMicros price of a million input tokens in micro-dollars
     * @param outputMicros price of a million output tokens in micro-dollars
     * @param context tokens of the context window
     */
    record Model(String id, long inputMicros, long outputMicros, int context) {

        String line() {
            return id + ":" + inputMicros + ":" + outputMicros + ":" + context;
        }
    }

    // List prices and windows as the providers published them in 2025; OPENAI_MODEL and ANTHROPIC_MODEL name another.
    private static final List<Model> OPENAI = List.of(new Model("gpt-4.1-mini", 400_000, 1_600_000, 1_047_576),
            new Model("gpt-4.1", 2_000_000, 8_000_000, 1_047_576));
    private static final List<Model> ANTHROPIC = List.of(new Model("claude-haiku-4-5", 1_000_000, 5_000_000, 200_000),
            new Model("claude-sonnet-4-5", 3_000_000, 15_000_000, 200_000));

    private final Map<String, String> env;
    private final SuiteSecrets secrets;

    ModelProviders(Map<String, String> env, SuiteSecrets secrets) {
        this.env = env;
        this.secrets = secrets;
    }

    /** @param http for asking Ollama what it has */
    List<Provider> find(HttpClient http) {
        var found = new ArrayList<Provider>();
        keyed("openai", "OPENAI", "https://api.openai.com/v1", OPENAI).ifPresent(found::add);
        keyed("anthropic", "ANTHROPIC", "https://api.anthropic.com/v1", ANTHROPIC).ifPresent(found::add);
        ollama(http).ifPresent(found::add);
        return found;
    }

    private Optional<Provider> keyed(String name, String prefix, String baseUrl, List<Model> usual) {
        String key = value(prefix + "_API_KEY");
        if (!key.isEmpty()) {
            secrets.saveProviderKey(name, key);
        }
        Path file = secrets.providerKeyFile(name);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        String model = value(prefix + "_MODEL");
        List<Model> models = model.isEmpty()
                ? usual
                : List.of(usual.stream().filter(known -> known.id().equals(model)).findFirst()
                        .orElse(new Model(model, usual.getFirst().inputMicros(), usual.getFirst().outputMicros(),
                                128_000)));
        String base = value(prefix + "_BASE_URL");
        return Optional.of(new Provider(name, base.isEmpty() ? baseUrl : base, Optional.of(file), models));
    }

    private Optional<Provider> ollama(HttpClient http) {
        String host = value("OLLAMA_HOST").isEmpty() ? "127.0.0.1:11434" : value("OLLAMA_HOST");
        String base = (host.contains("://") ? host : "http://" + host).replace("0.0.0.0", "127.0.0.1");
        try {
            var request = HttpRequest.newBuilder(URI.create(base + "/api/tags")).timeout(OLLAMA_PATIENCE).build();
            var answer = http.send(request, BodyHandlers.ofString());
            var models = new ArrayList<Model>();
            if (answer.statusCode() == 200) {
                for (JsonNode model : Json.read(answer.body()).path("models")) {
                    models.add(new Model(Json.text(model, "/name"), 0, 0, 8192));
                }
            }
            return models.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Provider("ollama", base + "/v1", Optional.empty(),
                            models.subList(0, Math.min(models.size(), MAX_OLLAMA_MODELS))));
        } catch (IOException | UncheckedIOException | IllegalArgumentException _) {
            return Optional.empty();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private String value(String name) {
        return env.getOrDefault(name, "").strip();
    }

    /** Changes when a provider's key does, without telling the key. */
    static String fingerprint(Provider provider) {
        return provider.keyFile().map(SecretFiles::read).map(key -> Integer.toHexString(key.hashCode())).orElse("");
    }
}
