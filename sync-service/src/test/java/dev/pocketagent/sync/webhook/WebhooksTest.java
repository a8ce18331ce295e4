package dev.pocketagent.sync.webhook;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.sync.SyncTestBase;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;

/** Deliveries of forges, over HTTP: which are believed, and what they start. */
@QuarkusTest
class WebhooksTest extends SyncTestBase {

    @Test
    void webhooksAreJudgedBeforeTheyDoAnything() {
        // Given
        String name = newName();
        newRepository(name);
        JsonPath made = synced(gitSource(name));
        String id = made.getString("id");
        String secret = made.getString("webhookSecret");
        String body = "{\"ref\":\"refs/heads/main\"}";
        String hook = "/v1/hooks/" + id;

        // When / Then
        given().contentType("application/json").header("X-GitHub-Event", "push").body(body).post(hook).then()
                .statusCode(401)
                .contentType("application/problem+json").body("code", equalTo("bad_signature"));
        push(id, "wrong", "d1", body).then().statusCode(401);
        push(UUID.randomUUID().toString(), secret, "d1", body).then().statusCode(404);
        given().post("/v1/hooks/not-an-id").then().statusCode(404);
        given().get(hook).then().statusCode(405);
        given().contentType("application/json").header("X-GitHub-Event", "ping")
                .header("X-Hub-Signature-256", "sha256=" + hmac(secret, body))
                .body(body).post(hook).then().statusCode(200).body("result", equalTo("pong"));
        push(id, secret, "other-branch", "{\"ref\":\"refs/heads/other\"}").then().statusCode(204);
        push(id, secret, "same-delivery", body).then().statusCode(202);
        push(id, secret, "same-delivery", body).then().statusCode(200).body("result", equalTo("received-before"));
        given().contentType("application/x-www-form-urlencoded").header("X-GitHub-Event", "push")
                .header("X-GitHub-Delivery", "form")
                .header("X-Hub-Signature-256",
                        "sha256=" + hmac(secret, "payload=%7B%22ref%22%3A%22refs%2Fheads%2Fother%22%7D"))
                .body("payload=%7B%22ref%22%3A%22refs%2Fheads%2Fother%22%7D").post(hook).then().statusCode(204);
    }

    @Test
    @Tag("slow")
    void aWebhookOfTooManyBytesIsRefused() {
        // Given
        String name = newName();
        newRepository(name);
        JsonPath made = synced(gitSource(name));
        String limit = "{\"x\":\"" + "a".repeat(25 * 1024 * 1024 - 8) + "\"}";
        assertThat(limit.length()).isEqualTo(25 * 1024 * 1024);

        // When / Then
        push(made.getString("id"), made.getString("webhookSecret"), "at-the-limit", limit).then().statusCode(202);
        push(made.getString("id"), made.getString("webhookSecret"), "past-the-limit", limit + " ").then()
                .statusCode(413);
    }

    @Test
    @Tag("slow")
    void aBurstOfWebhooksIsOneOrTwoLooks() throws Exception {
        // Given
        String name = newName();
        newRepository(name);
        JsonPath made = synced(gitSource(name));
        // Longer than thirty deliveries take on a busy machine, so that all of them meet the first look still running.
        places.server().delay(5_000);

        // When
        List<Callable<String>> deliveries = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            String delivery = "burst-" + i;
            deliveries.add(() -> push(made.getString("id"), made.getString("webhookSecret"), delivery,
                    "{\"ref\":\"refs/heads/main\"}")
                    .then().statusCode(202).extract().path("id"));
        }
        List<String> operations = all(deliveries);
        places.server().delay(0);

        // Then
        assertThat(operations.stream().distinct().count()).isBetween(1L, 3L);
    }
}
