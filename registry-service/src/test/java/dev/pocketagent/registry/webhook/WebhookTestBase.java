package dev.pocketagent.registry.webhook;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

import dev.pocketagent.registry.RegistryTestBase;
import dev.pocketagent.registry.webhook.Receiver.Got;
import io.restassured.response.Response;

/** Webhooks over HTTP only, so that tests run on the packaged application, too. Those that a test made are deleted after it. */
abstract class WebhookTestBase extends RegistryTestBase {

    static final String PATH = "/api/v1/webhooks";
    static final Duration PATIENCE = Duration.ofSeconds(20);
    static Receiver receiver;

    final ConcurrentLinkedQueue<String> made = new ConcurrentLinkedQueue<>();

    @BeforeAll
    static void open() {
        receiver = new Receiver();
    }

    @AfterAll
    static void close() {
        receiver.close();
    }

    @AfterEach
    void tidy() {
        made.forEach(id -> operator().header("If-Match", "*").delete(PATH + "/" + id));
    }

    /** A webhook for a test. */
    record Hook(String id, String secret, String path) {
        String url() {
            return PATH + "/" + id;
        }
    }

    Hook hook(String key, String path, List<String> events, Map<String, Object> more) {
        Map<String, Object> body = new HashMap<>(Map.of("url", receiver.url(path), "events", events));
        body.putAll(more);
        Response answer = with(key).body(body).post(PATH);
        answer.then().statusCode(201);
        made.add(answer.path("id"));
        return new Hook(answer.path("id"), answer.path("secret"), path);
    }

    Hook hook(String key, String path, String... events) {
        return hook(key, path, List.of(events), Map.of());
    }

    static String newPath() {
        return "/" + UUID.randomUUID();
    }

    void rename(Made tenant, String name) {
        operator().header("If-Match", "*").body(Map.of("name", name)).patch("/api/v1/tenants/" + tenant.id()).then()
                .statusCode(200);
    }

    List<Got> awaitGot(String path, int count) {
        await().atMost(PATIENCE).until(() -> receiver.got(path).size() >= count);
        return receiver.got(path);
    }

    void awaitState(Hook hook, String state, int count) {
        await().atMost(PATIENCE).until(() -> operator().get(hook.url() + "/deliveries?state=" + state)
                .jsonPath().getList("items").size() == count);
    }
}
