package dev.pocketagent.router.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import org.junit.jupiter.api.BeforeEach;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.testkit.PostgresResource;
import dev.pocketagent.testkit.RegistryDouble;
import dev.pocketagent.testkit.RegistryResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.restassured.RestAssured;

/** What the tests of the gateway share: a tenant of their own, a provider with faults, and requests. */
@QuarkusTestResource(PostgresResource.class)
@QuarkusTestResource(RegistryResource.class)
@QuarkusTestResource(UpstreamResource.class)
abstract class GatewayTestBase {

    static final ObjectMapper JSON = new ObjectMapper();
    static final JsonNode TRUE = BooleanNode.TRUE;
    static final HttpClient CLIENT = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    RegistryDouble registry;
    FaultyUpstream upstream;

    UUID tenant;
    String key;
    String marker;

    @BeforeEach
    void newTenant() {
        tenant = registry.newTenant();
        key = registry.issue(Roles.TENANT_DEVELOPER, tenant);
        marker = UUID.randomUUID().toString();
        await().atMost(Duration.ofSeconds(20)).until(() -> get("/api/v1/models", key).statusCode() == 200);
    }

    String chat(String model, boolean stream, Object... more) {
        var body = JSON.createObjectNode().put("model", model).put("user", marker);
        body.putArray("messages").addObject().put("role", "user").put("content", "Say something, please.");
        if (stream) {
            body.put("stream", true);
        }
        for (int i = 0; i < more.length; i += 2) {
            body.set((String) more[i], (JsonNode) more[i + 1]);
        }
        return body.toString();
    }

    static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + RestAssured.port + path))
                .timeout(Duration.ofSeconds(20));
    }

    static HttpResponse<String> post(String key, String body) throws IOException, InterruptedException {
        return CLIENT.send(request("/v1/chat/completions").header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json").POST(BodyPublishers.ofString(body)).build(),
                BodyHandlers.ofString());
    }

    static HttpResponse<String> get(String path, String key) throws IOException, InterruptedException {
        var request = request(path);
        return CLIENT.send((key == null ? request : request.header("Authorization", "Bearer " + key)).build(),
                BodyHandlers.ofString());
    }

    static JsonNode error(HttpResponse<String> response) throws IOException {
        return JSON.readTree(response.body()).get("error");
    }

    static List<String> ids(HttpResponse<String> response) throws IOException {
        return JSON.readTree(response.body()).get("data").valueStream().map(model -> model.get("id").asText()).toList();
    }

    static List<String> events(String stream) {
        var events = new ArrayList<String>();
        for (var event : stream.split("\n\n")) {
            assertThat(event).startsWith("data: ");
            events.add(event.substring(6));
        }
        return events;
    }

    /** The tenant's usage rows, once so many are there. */
    List<JsonNode> usage(int count) throws Exception {
        var path = "/api/v1/usage?limit=200&tenant=" + tenant;
        await().atMost(Duration.ofSeconds(30))
                .until(() -> JSON.readTree(get(path, key).body()).path("items").size() >= count);
        var items = JSON.readTree(get(path, key).body()).get("items").valueStream().toList();
        assertThat(items).hasSize(count);
        return items;
    }
}
