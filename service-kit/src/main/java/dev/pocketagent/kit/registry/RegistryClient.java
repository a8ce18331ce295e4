package dev.pocketagent.kit.registry;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;

import dev.pocketagent.kit.KitConfig;
import dev.pocketagent.kit.problem.InputError;

/** HTTP to the registry with our service key. */
@ApplicationScoped
public class RegistryClient {

    private static final Logger LOG = Logger.getLogger(RegistryClient.class);
    /** Our key is being rotated, the network is slow, or we ask too much: no verdict on what was asked. */
    private static final Set<Integer> TRY_AGAIN = Set.of(401, 408, 429);

    private final KitConfig config;
    private final ObjectMapper json;
    private final Clock clock;
    private final HttpClient http;
    private volatile @Nullable String key;
    private volatile @Nullable Instant lastContact;

    @Inject
    RegistryClient(KitConfig config, ObjectMapper json, Clock clock) {
        this.config = config;
        this.json = json;
        this.clock = clock;
        this.http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(config.registry().timeout()).followRedirects(HttpClient.Redirect.NEVER).build();
    }

    /** When the registry last answered anything sensible; null when it has not yet. */
    public @Nullable Instant lastContact() {
        return lastContact;
    }

    /**
     * GET below the registry's address.
     *
     * @param path with its query, for example {@code /api/v1/events?after=3}
     * @param timeout for the whole exchange
     * @return the JSON answer; completes with {@link RegistryException} otherwise
     */
    public CompletionStage<JsonNode> get(String path, Duration timeout) {
        return send("GET", path, HttpRequest.BodyPublishers.noBody(), null, timeout);
    }

    /** POST of a JSON body; otherwise as {@link #get}. */
    public CompletionStage<JsonNode> post(String path, JsonNode body) {
        return post(path, body, null);
    }

    /** As {@link #post(String, JsonNode)}; with an idempotency key a repeated call gets the first answer again. */
    CompletionStage<JsonNode> post(String path, JsonNode body, @Nullable String idempotencyKey) {
        return send("POST", path, HttpRequest.BodyPublishers.ofString(body.toString()), idempotencyKey,
                config.registry().timeout());
    }

    private CompletionStage<JsonNode> send(String method, String path, HttpRequest.BodyPublisher body,
            @Nullable String idempotencyKey, Duration timeout) {
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        // Not HttpClient.sendAsync: it completes on the common pool, which has one thread on two cores, so that any
        // blocked task there would hold up every key check.
        Thread.ofVirtual().name("registry-call").start(() -> {
            try {
                HttpResponse<String> response = http.send(request(method, path, body, idempotencyKey, timeout),
                        HttpResponse.BodyHandlers.ofString());
                if (response.statusCode() == 401) {
                    // Rotated while we ran: the file may have the new key.
                    key = null;
                    response = http.send(request(method, path, body, idempotencyKey, timeout),
                            HttpResponse.BodyHandlers.ofString());
                }
                answer.complete(read(response));
            } catch (RegistryException e) {
                answer.completeExceptionally(e);
            } catch (IOException | RuntimeException e) {
                answer.completeExceptionally(new RegistryException(0,
                        "The registry at " + config.registry().url() + " cannot be asked: " + e));
            } catch (InterruptedException e) {
                answer.completeExceptionally(new RegistryException(0, "The call was interrupted"));
            }
        });
        return answer;
    }

    private HttpRequest request(String method, String path, HttpRequest.BodyPublisher body,
            @Nullable String idempotencyKey, Duration timeout) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(config.registry().url() + path))
                .method(method, body).timeout(timeout).header("Authorization", "Bearer " + key())
                .header("Content-Type", "application/json").header("Accept", "application/json");
        if (idempotencyKey != null) {
            request.header("Idempotency-Key", idempotencyKey);
        }
        return request.build();
    }

    private JsonNode read(HttpResponse<String> response) throws RegistryException {
        if (response.statusCode() == 401) {
            LOG.error("The registry refuses our service key. Is pocket.service-key-file the file it knows?");
        }
        if (response.statusCode() / 100 != 2) {
            throw failure(response.statusCode(), problem(response.body()));
        }
        try {
            JsonNode node = json.readTree(response.body());
            lastContact = clock.instant();
            return node;
        } catch (JsonProcessingException e) {
            throw new RegistryException(response.statusCode(), "The registry's answer is not JSON");
        }
    }

    private static RegistryException failure(int status, JsonNode problem) {
        String code = problem.path("code").asText();
        String detail = problem.path("detail").asText();
        if (status / 100 != 4 || TRY_AGAIN.contains(status)) {
            return new RegistryException(status, code,
                    "The registry answered " + status + (code.isEmpty() ? "" : " " + code + ": " + detail));
        }
        List<InputError> errors = new ArrayList<>();
        problem.path("errors").forEach(error -> errors
                .add(new InputError(error.path("pointer").asText(), error.path("detail").asText())));
        return new RegistryRefusal(status, code, detail, errors);
    }

    /** What is no JSON, such as a proxy's page, is a problem without a code. */
    private JsonNode problem(String body) {
        try {
            return json.readTree(body);
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        }
    }

    private String key() throws IOException {
        String known = key;
        if (known == null) {
            Path file = config.serviceKeyFile().orElseThrow(() -> new IOException(
                    "No service key: set pocket.service-key-file (POCKET_SERVICE_KEY_FILE) to the file with it"));
            known = Files.readString(file).strip();
            key = known;
        }
        return known;
    }
}
