package dev.pocketagent.router.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.key.ApiKey;
import dev.pocketagent.kit.key.KeyKind;
import dev.pocketagent.testkit.PostgresResource;
import dev.pocketagent.testkit.RegistryDouble;
import dev.pocketagent.testkit.RegistryResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;

/** Scopes and the limit of bad keys on the data path, in OpenAI's words. */
@QuarkusTest
@QuarkusTestResource(PostgresResource.class)
@QuarkusTestResource(RegistryResource.class)
@QuarkusTestResource(UpstreamResource.class)
class KeyGateTest {

    private static final String CHAT = "{\"model\":\"pocket/sandbox\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    private static final HttpClient CLIENT = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    RegistryDouble registry;

    private UUID tenant;

    @BeforeEach
    void newTenant() {
        tenant = registry.newTenant();
        String key = registry.issue(Roles.TENANT_DEVELOPER, tenant);
        await().atMost(Duration.ofSeconds(20)).until(() -> list(CLIENT, key).statusCode() == 200);
    }

    private static HttpResponse<String> list(HttpClient client, String key) throws Exception {
        return client.send(request("/v1/models", key).build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> chat(HttpClient client, String key) throws Exception {
        return client.send(request("/v1/chat/completions", key).header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(CHAT)).build(), BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(String path, String key) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + RestAssured.port + path))
                .timeout(Duration.ofSeconds(20)).header("Authorization", "Bearer " + key);
    }

    private static JsonNode error(HttpResponse<String> response) throws Exception {
        return new ObjectMapper().readTree(response.body()).get("error");
    }

    @Test
    void callingAModelNeedsToWriteAndListingThemToRead() throws Exception {
        // Given
        String caller = registry.issue(Roles.TENANT_DEVELOPER, tenant, Set.of("router:write"));
        String reader = registry.issue(Roles.TENANT_DEVELOPER, tenant, Set.of("router:read"));
        String agent = registry.issue(Roles.AGENT, tenant, Set.of("sync:*"));
        String whole = registry.issue(Roles.AGENT, tenant, Set.of("router:*"));

        // When
        var refused = chat(CLIENT, reader);

        // Then
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(error(refused).get("code").asText()).isEqualTo("missing_scope");
        assertThat(error(refused).get("message").asText()).contains("'router:write'");
        assertThat(list(CLIENT, reader).statusCode()).isEqualTo(200);
        assertThat(chat(CLIENT, caller).statusCode()).isEqualTo(200);
        assertThat(list(CLIENT, caller).statusCode()).isEqualTo(403);
        assertThat(chat(CLIENT, whole).statusCode()).isEqualTo(200);
        assertThat(list(CLIENT, whole).statusCode()).isEqualTo(200);
        assertThat(chat(CLIENT, agent).statusCode()).as("403 would lock an OpenClaw agent for 10 minutes")
                .isEqualTo(400);
    }

    @Test
    void whoShowsTooManyBadKeysWaitsWhileKeysInUseGoOn() throws Exception {
        // Given: an address of its own, so that no other test has to wait
        var attacker = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
                .localAddress(InetAddress.getByName("127.0.0.67")).build();
        String inUse = registry.issue(Roles.AGENT, tenant);
        assertThat(chat(attacker, inUse).statusCode()).isEqualTo(200);
        HttpResponse<String> answer;
        int asked;
        int refused = 0;

        // When
        do {
            asked = registry.verifications();
            answer = chat(attacker, ApiKey.generate(KeyKind.AGENT).secret());
            refused++;
        } while (answer.statusCode() == 401 && refused < 1_000);

        // Then: a token comes back each second, so a slow machine needs some more
        assertThat(refused).isGreaterThan(60);
        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(error(answer).get("code").asText()).isEqualTo("rate_limit_exceeded");
        assertThat(error(answer).get("type").asText()).isEqualTo("rate_limit_error");
        assertThat(answer.headers().firstValue("retry-after")).hasValue("1");
        assertThat(registry.verifications()).as("nobody was asked").isEqualTo(asked);
        assertThat(chat(attacker, inUse).statusCode()).isEqualTo(200);
        assertThat(chat(CLIENT, ApiKey.generate(KeyKind.AGENT).secret()).statusCode()).isEqualTo(401);
    }
}
