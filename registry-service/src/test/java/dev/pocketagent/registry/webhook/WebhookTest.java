package dev.pocketagent.registry.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.registry.webhook.Receiver.Got;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;

/** What receivers get, and when. */
@Tag("slow")
@QuarkusTest
class WebhookTest extends WebhookTestBase {

    @Test
    void supportAndAuditorsSeeWhereAWebhookGoesAndNotItsToken() {
        // Given
        Made tenant = newTenant("team");
        String admin = keyOf(tenant, Roles.TENANT_ADMIN);
        String path = newPath() + "/SEKRET?token=SEKRET";
        Hook hook = hook(admin, path, "*");
        String whole = receiver.url(path);
        String origin = whole.substring(0, whole.indexOf('/', "http://".length()));
        for (String role : List.of(Roles.SUPPORT, Roles.AUDITOR)) {
            // When
            String key = platformKey(role);
            // Then
            with(key).get(hook.url()).then().statusCode(200).body("url", equalTo(origin));
            with(key).get(PATH + "?tenant=" + tenant.slug()).then().statusCode(200).body("items.url",
                    equalTo(List.of(origin)));
        }
        for (String key : List.of(admin, first.operator())) {
            with(key).get(hook.url()).then().body("url", equalTo(whole));
            with(key).get(PATH + "?tenant=" + tenant.slug()).then().body("items.url", equalTo(List.of(whole)));
        }
    }

    @Test
    void aTenantGetsItsOwnEventsThatItAskedForFromThenOnSignedAndInTheStandardsForm() {
        // Given
        Made mine = newTenant("team");
        Made other = newTenant("team");
        String admin = keyOf(mine, Roles.TENANT_ADMIN);
        Hook hook = hook(admin, newPath(), "tenant.*", "key.revoked");
        // When
        issue(mine, Roles.AGENT);
        rename(other, "Not mine");
        rename(mine, "Mine");
        operator().body(Map.of("reason", "unpaid")).post("/api/v1/tenants/" + mine.id() + "/suspend").then()
                .statusCode(200);
        // Then
        List<Got> got = awaitGot(hook.path(), 2);
        assertThat(got).extracting(Got::type).containsExactlyInAnyOrder("tenant.updated", "tenant.suspended");
        assertThat(got).allSatisfy(one -> {
            assertThat(one.isSignedWith(hook.secret())).isTrue();
            assertThat(one.isSignedWith("whsec_" + Base64.getEncoder().encodeToString(new byte[32]))).isFalse();
            assertThat(Instant.ofEpochSecond(Long.parseLong(one.timestamp()))).isBetween(
                    Instant.now().minusSeconds(60), Instant.now().plusSeconds(5));
            assertThat(one.json().at("/data/tenantId").asText()).isEqualTo(mine.id().toString());
            assertThat(one.json().at("/data/seq").asLong()).isPositive();
            assertThat(one.json().at("/data/slug").asText()).isEqualTo(mine.slug());
            assertThat(Instant.parse(one.json().path("timestamp").asText())).isBefore(Instant.now().plusSeconds(5));
        });
        Got suspended = got.stream().filter(one -> one.type().equals("tenant.suspended")).findFirst().orElseThrow();
        assertThat(suspended.json().at("/data/reason").asText()).isEqualTo("unpaid");
        awaitState(hook, "delivered", 2);
        operator().get(hook.url() + "/deliveries").then().statusCode(200)
                .body("items.id", hasItem(suspended.id()), "items.attempts", everyItem(equalTo(1)))
                .body("items.lastStatus", everyItem(equalTo(204)), "items.deliveredAt", everyItem(notNullValue()))
                .body("items.eventId", hasItem(suspended.json().at("/data/id").asText()));
        operator().get(hook.url() + "/deliveries/" + suspended.id()).then().statusCode(200)
                .body("type", equalTo("tenant.suspended"), "state", equalTo("delivered"), "nextAttemptAt",
                        nullValue());
    }

    @Test
    void thePlatformGetsTheEventsOfAllOrOfOneTenant() {
        Made one = newTenant("team");
        Made two = newTenant("team");
        Hook all = hook(first.operator(), newPath(), "*");
        Hook ofOne = hook(first.operator(), newPath(), List.of("*"), Map.of("tenant", one.slug()));
        rename(one, "One");
        rename(two, "Two");
        operator().body(Map.of("name", "a key", "role", "auditor")).post("/api/v1/keys").then().statusCode(201);
        assertThat(awaitGot(all.path(), 3)).extracting(Got::type).containsExactlyInAnyOrder("tenant.updated",
                "tenant.updated", "key.created");
        assertThat(awaitGot(ofOne.path(), 1)).extracting(got -> got.json().at("/data/name").asText())
                .containsExactly("One");
        operator().get(all.url()).then().body("owner", equalTo("platform"), "tenantId", nullValue());
        operator().get(ofOne.url()).then().body("owner", equalTo("platform"), "tenantId",
                equalTo(one.id().toString()));
        // Nobody of a tenant sees what the platform watches it with.
        with(keyOf(one, Roles.TENANT_ADMIN)).get(ofOne.url()).then().statusCode(404);
    }

    @Test
    void bothSecretsSignWhileARotationOverlaps() {
        Made mine = newTenant("team");
        Hook hook = hook(keyOf(mine, Roles.TENANT_ADMIN), newPath(), "tenant.updated");
        Response rotated = operator().body(Map.of("overlapSeconds", 600)).post(hook.url() + "/rotate-secret");
        String second = rotated.then().statusCode(200).header("ETag", "\"1\"").body("oldSecretUntil", notNullValue())
                .extract().path("secret");
        rename(mine, "Both");
        Got both = awaitGot(hook.path(), 1).getFirst();
        String third = operator().body(Map.of("overlapSeconds", 0)).post(hook.url() + "/rotate-secret").then()
                .statusCode(200).body("oldSecretUntil", nullValue()).extract().path("secret");
        rename(mine, "New");
        Got last = awaitGot(hook.path(), 2).get(1);
        assertThat(both.signatures().split(" ")).hasSize(2);
        assertThat(both.isSignedWith(hook.secret())).isTrue();
        assertThat(both.isSignedWith(second)).isTrue();
        assertThat(last.signatures().split(" ")).hasSize(1);
        assertThat(last.isSignedWith(third)).isTrue();
        operator().post(hook.url() + "/rotate-secret").then().statusCode(200);
        operator().get("/api/v1/audit?tenant=" + mine.id()).then().body("items.action",
                hasItem("webhook.rotate-secret"));
    }

    @Test
    void aTestGoesOutAtOnceAndOnlyOnce() {
        Made mine = newTenant("team");
        String admin = keyOf(mine, Roles.TENANT_ADMIN);
        Hook hook = hook(admin, newPath(), "key.revoked");
        Response sent = with(admin).post(hook.url() + "/test");
        String id = sent.then().statusCode(202).body("type", equalTo("webhook.test"), "eventSeq", nullValue())
                .extract().path("id");
        assertThat(sent.header("Location")).endsWith(hook.url() + "/deliveries/" + id);
        Got got = awaitGot(hook.path(), 1).getFirst();
        assertThat(got.id()).isEqualTo(id);
        assertThat(got.isSignedWith(hook.secret())).isTrue();
        assertThat(got.json().at("/data/webhookId").asText()).isEqualTo(hook.id());
        receiver.at(hook.path(), Receiver.status(500));
        with(admin).post(hook.url() + "/test").then().statusCode(202);
        awaitState(hook, "dead", 1);
        assertThat(receiver.got(hook.path())).hasSize(2);
        with(admin).get(hook.url()).then().body("failingSince", nullValue());
        with(admin).body(Map.of("only", "dead")).post(hook.url() + "/replay").then().statusCode(200)
                .body("queued", equalTo(0));
    }

    @Test
    void whatFailsIsTriedAgainWithTheSameIdThenDeadAndCanBeSentAgain() {
        // Given: two failures, then success
        Made mine = newTenant("team");
        String admin = keyOf(mine, Roles.TENANT_ADMIN);
        Hook hook = hook(admin, newPath(), "tenant.updated");
        receiver.at(hook.path(), exchange -> Receiver.status(receiver.got(hook.path()).size() < 3 ? 500 : 200)
                .answer(exchange));
        Instant before = Instant.now().minusSeconds(60);
        rename(mine, "First");
        List<Got> tries = awaitGot(hook.path(), 3);
        assertThat(tries).extracting(Got::id).containsOnly(tries.getFirst().id());
        awaitState(hook, "delivered", 1);
        operator().get(hook.url()).then().body("failingSince", nullValue());
        // When: it fails for good
        receiver.at(hook.path(), Receiver.status(302, "Location", receiver.url("/elsewhere")));
        rename(mine, "Second");
        // Then
        awaitState(hook, "dead", 1);
        String dead = operator().get(hook.url() + "/deliveries?state=dead").then()
                .body("items[0].lastStatus", equalTo(302), "items[0].lastError", containsString("redirects"),
                        "items[0].attempts", equalTo(3), "items[0].deliveredAt", nullValue())
                .extract().path("items[0].id");
        assertThat(receiver.got("/elsewhere")).isEmpty();
        operator().get(hook.url()).then().body("failingSince", notNullValue(), "enabled", equalTo(true));

        // One delivery again: one attempt
        with(admin).post(hook.url() + "/deliveries/" + dead + "/retry").then().statusCode(200).body("state",
                equalTo("pending"));
        awaitGot(hook.path(), 7);
        awaitState(hook, "dead", 1);
        receiver.at(hook.path(), Receiver.status(204));
        with(admin).body(Map.of()).post(hook.url() + "/replay").then().statusCode(200).body("queued", equalTo(1),
                "next", nullValue());
        awaitState(hook, "delivered", 2);
        // All again
        int end = operator().get(hook.url() + "/deliveries/" + dead).path("eventSeq");
        with(admin).body(Map.of("from", before.toString(), "only", "all")).post(hook.url() + "/replay").then()
                .statusCode(200).body("queued", equalTo(2));
        awaitGot(hook.path(), 10);
        awaitState(hook, "delivered", 2);
        with(admin).body(Map.of("after", end, "only", "all")).post(hook.url() + "/replay").then().statusCode(200)
                .body("queued", equalTo(0));
        assertThat(receiver.got(hook.path())).extracting(Got::id).containsOnly(dead, tries.getFirst().id());
        operator().get("/api/v1/audit?tenant=" + mine.id()).then().body("items.action", hasItem("webhook.replay"));
    }

    @Test
    void anEndpointThatIsGoneIsDisabledAndWhatItMissedCanBeReplayed() {
        // Given
        Made mine = newTenant("team");
        Hook hook = hook(keyOf(mine, Roles.TENANT_ADMIN), newPath(), "tenant.updated");
        receiver.at(hook.path(), Receiver.status(410));
        // When
        rename(mine, "Into the void");
        // Then
        await().atMost(PATIENCE).until(() -> !operator().get(hook.url()).<Boolean>path("enabled"));
        operator().get(hook.url()).then().header("ETag", "\"1\"").body("disabledReason", containsString("410"),
                "disabledAt", notNullValue());
        operator().get("/api/v1/audit?tenant=" + mine.id()).then().body("items[0].action", equalTo("webhook.disable"),
                "items[0].actorRole", equalTo("system"), "items[0].target", equalTo("webhook/" + hook.id()));
        rename(mine, "Missed");
        operator().post(hook.url() + "/test").then().statusCode(409).body("code", equalTo("webhook_disabled"));
        operator().body(Map.of()).post(hook.url() + "/replay").then().statusCode(409);
        receiver.at(hook.path(), Receiver.status(200));
        operator().header("If-Match", "\"1\"").body(Map.of("enabled", true)).patch(hook.url()).then().statusCode(200)
                .body("disabledReason", nullValue(), "disabledAt", nullValue());
        rename(mine, "Heard");
        awaitGot(hook.path(), 2);
        operator().body(Map.of("after", 0, "only", "all")).post(hook.url() + "/replay").then().statusCode(200);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(receiver.got(hook.path()))
                .extracting(got -> got.json().at("/data/name").asText()).contains("Into the void", "Missed", "Heard"));
        operator().header("If-Match", "\"2\"").body(Map.of("enabled", false)).patch(hook.url()).then().statusCode(200)
                .body("disabledReason", nullValue(), "disabledAt", notNullValue());
    }
}
