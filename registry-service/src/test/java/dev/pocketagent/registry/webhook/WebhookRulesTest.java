package dev.pocketagent.registry.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;

/** What owners may ask for: who sees what, what is refused, how many there may be. */
@Tag("slow")
@QuarkusTest
class WebhookRulesTest extends WebhookTestBase {

    @Test
    void secretsAreShownOnceAndOthersSeeNothing() {
        // Given
        Made mine = newTenant("team");
        Made other = newTenant("team");
        String admin = keyOf(mine, Roles.TENANT_ADMIN);
        String stranger = keyOf(other, Roles.TENANT_ADMIN);
        String path = newPath();
        Map<String, Object> body = Map.of("url", receiver.url(path) + "?token=t0ps3cret", "events",
                List.of("tenant.*", "*", "tenant.*"), "description", " billing ");
        // When
        Response answer = with(admin).header("Idempotency-Key", "make-" + mine.slug()).body(body).post(PATH);
        // Then
        answer.then().statusCode(201).header("ETag", "\"0\"").body("owner", equalTo("tenant"), "tenantId",
                equalTo(mine.id().toString()), "events", equalTo(List.of("*", "tenant.*")), "description",
                equalTo("billing"), "enabled", equalTo(true), "disabledReason", nullValue(), "version", equalTo(0));
        String id = answer.path("id");
        made.add(id);
        String secret = answer.path("secret");
        assertThat(Base64.getDecoder().decode(secret.substring("whsec_".length()))).hasSize(32);
        assertThat(answer.header("Location")).endsWith(PATH + "/" + id);
        with(admin).header("Idempotency-Key", "make-" + mine.slug()).body(body).post(PATH).then().statusCode(201)
                .body("id", equalTo(id), "secret", equalTo(secret));
        with(admin).get(PATH + "/" + id).then().statusCode(200).body("secret", nullValue());
        with(admin).get(PATH).then().statusCode(200).body("items.id", equalTo(List.of(id)), "items.secret",
                everyItem(nullValue()));
        for (String hidden : List.of(secret, "t0ps3cret")) {
            operator().get("/api/v1/audit?tenant=" + mine.id()).then().statusCode(200)
                    .body("items.action", hasItem("webhook.create"))
                    .body(not(containsString(hidden)));
        }
        with(stranger).get(PATH).then().statusCode(200).body("items", equalTo(List.of()));
        String unknown = PATH + "/" + UUID.randomUUID();
        for (String url : List.of(PATH + "/" + id, unknown)) {
            with(stranger).get(url).then().statusCode(404);
            with(stranger).get(url + "/deliveries").then().statusCode(404);
            with(stranger).header("If-Match", "*").body(Map.of("enabled", false)).patch(url).then().statusCode(404);
            with(stranger).header("If-Match", "*").delete(url).then().statusCode(404);
            with(stranger).post(url + "/test").then().statusCode(404);
            with(stranger).post(url + "/rotate-secret").then().statusCode(404);
            with(stranger).body(Map.of("only", "dead")).post(url + "/replay").then().statusCode(404);
        }
        operator().get(PATH + "?tenant=" + mine.slug()).then().body("items.id", equalTo(List.of(id)));
        with(admin).get(PATH + "?tenant=" + other.slug()).then().statusCode(400);
    }

    @Test
    void manyAtOnceWithAnIdempotencyKeyHoldNoConnectionWhileTheyWaitForOne() throws Exception {
        // Given: more than the pool has connections
        List<String> admins = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            admins.add(keyOf(newTenant("team"), Roles.TENANT_ADMIN));
        }
        // When
        List<Future<Response>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(admins.size())) {
            for (String admin : admins) {
                answers.add(threads.submit(() -> with(admin).header("Idempotency-Key", UUID.randomUUID().toString())
                        .body(Map.of("url", receiver.url("/never"), "events", List.of("*"))).post(PATH)));
            }
        }
        // Then
        for (Future<Response> answer : answers) {
            assertThat(answer.get().statusCode()).isEqualTo(201);
            made.add(answer.get().path("id"));
        }
    }

    @Test
    void anIdempotencyKeyGivesTheFirstWebhookAgainAndARefusalIsNotKept() {
        String admin = keyOf(newTenant("team"), Roles.TENANT_ADMIN);
        String key = UUID.randomUUID().toString();
        Map<String, Object> wanted = Map.of("url", receiver.url("/never"), "events", List.of("*"));
        with(admin).header("Idempotency-Key", key).body(Map.of("url", "http://10.0.0.1/", "events", List.of("*")))
                .post(PATH).then().statusCode(422).body("code", equalTo("outbound_refused"));
        Response first = with(admin).header("Idempotency-Key", key).body(wanted).post(PATH);
        first.then().statusCode(201);
        made.add(first.path("id"));
        with(admin).header("Idempotency-Key", key).body(wanted).post(PATH).then().statusCode(201)
                .header("Idempotency-Replayed", "true").body("secret", equalTo(first.path("secret")));
        with(admin).header("Idempotency-Key", key).body(Map.of("url", "http://10.0.0.1/", "events", List.of("*")))
                .post(PATH).then().statusCode(422).body("code", equalTo("idempotency_mismatch"));
        with(admin).get(PATH).then().body("items.id", equalTo(List.of(first.<String>path("id"))));
    }

    @Test
    void wrongInputIsRefusedWithAPointerAndNothingIsStored() {
        Made mine = newTenant("team");
        Made other = newTenant("team");
        String admin = keyOf(mine, Roles.TENANT_ADMIN);
        String url = receiver.url("/never");
        with(admin).body(Map.of("url", url, "events", List.of("tenant.created", "tenant.crated"))).post(PATH).then()
                .statusCode(400).body("errors.pointer", equalTo(List.of("/events/1")), "errors[0].detail",
                        containsString("tenant.undeleted"));
        for (Map<String, Object> wrong : List.<Map<String, Object>>of(Map.of("url", url), Map.of("url", url, "events",
                List.of()), Map.of("url", url, "events", List.of("webhook.test")))) {
            with(admin).body(wrong).post(PATH).then().statusCode(400).body("errors[0].pointer",
                    containsString("/events"));
        }
        for (String wrong : List.of("nonsense", "ftp://127.0.0.1/x", "http:// /", "ssh://git@127.0.0.1", url + "#x",
                "mailto:a@example.com", url + "/\u00e9", "")) {
            with(admin).body(Map.of("url", wrong, "events", List.of("*"))).post(PATH).then().statusCode(400)
                    .body("errors[0].pointer", equalTo("/url"));
        }
        for (String refused : List.of("http://10.0.0.1/", "http://169.254.169.254/latest", "http://[::1]/",
                "http://u:p@127.0.0.1/", "http://167772161/", "http:///x")) {
            with(admin).body(Map.of("url", refused, "events", List.of("*"))).post(PATH).then().statusCode(422)
                    .body("code", equalTo("outbound_refused"));
        }
        with(admin).body(Map.of("url", url, "events", List.of("*"), "secret", "x")).post(PATH).then().statusCode(400)
                .body("errors[0].pointer", equalTo("/secret"));
        for (String foreign : List.of(other.slug(), "no-such-tenant", "?")) {
            with(admin).body(Map.of("url", url, "events", List.of("*"), "tenant", foreign)).post(PATH).then()
                    .statusCode(400).body("errors[0].pointer", equalTo("/tenant"));
        }
        with(admin).get(PATH).then().body("items", equalTo(List.of()));

        Hook hook = hook(admin, "/never", List.of("*"), Map.of("tenant", mine.slug()));
        with(admin).body(Map.of("enabled", false)).patch(hook.url()).then().statusCode(428);
        with(admin).header("If-Match", "\"9\"").body(Map.of("enabled", false)).patch(hook.url()).then()
                .statusCode(412);
        with(admin).header("If-Match", "\"0\"").body(Map.of()).patch(hook.url()).then().statusCode(400);
        with(admin).header("If-Match", "\"0\"").body(Map.of("url", "http://10.0.0.1/")).patch(hook.url()).then()
                .statusCode(422);
        with(admin).header("If-Match", "\"0\"").body(Map.of("events", List.of("x"))).patch(hook.url()).then()
                .statusCode(400);
        with(admin).get(hook.url()).then().header("ETag", "\"0\"");
        with(admin).get(hook.url() + "/deliveries?state=lost").then().statusCode(400);
        with(admin).get(hook.url() + "/deliveries/" + UUID.randomUUID()).then().statusCode(404);
        with(admin).get(hook.url() + "?x=1").then().statusCode(400);
        with(admin).body(Map.of("overlapSeconds", 2592001)).post(hook.url() + "/rotate-secret").then().statusCode(400)
                .body("errors[0].pointer", equalTo("/overlapSeconds"));
        with(admin).body(Map.of("only", "all")).post(hook.url() + "/replay").then().statusCode(400);
        with(admin).body(Map.of("after", 1, "from", "2026-01-01T00:00:00Z")).post(hook.url() + "/replay").then()
                .statusCode(400);
        for (String wrong : List.of("yesterday", "+999999-01-01T00:00:00Z", "-999999-01-01T00:00:00Z",
                "1969-12-31T23:59:59Z")) {
            for (String only : List.of("dead", "all")) {
                with(admin).body(Map.of("from", wrong, "only", only)).post(hook.url() + "/replay").then()
                        .statusCode(400).body("errors[0].pointer", equalTo("/from"));
            }
        }
        with(admin).body(Map.of("only", "some")).post(hook.url() + "/replay").then().statusCode(400);
        with(admin).header("If-Match", "\"0\"").body(Map.of("description", "new", "events", List.of("key.*")))
                .patch(hook.url()).then().statusCode(200).header("ETag", "\"1\"")
                .body("description", equalTo("new"), "events", equalTo(List.of("key.*")));
        with(admin).header("If-Match", "\"1\"").body(Map.of("description", "")).patch(hook.url()).then()
                .statusCode(200).header("ETag", "\"2\"").body("description", nullValue());
        with(admin).delete(hook.url()).then().statusCode(428);
        with(admin).header("If-Match", "\"1\"").delete(hook.url()).then().statusCode(412);
        with(admin).header("If-Match", "\"2\"").delete(hook.url()).then().statusCode(204);
        with(admin).get(hook.url()).then().statusCode(404);
        operator().get("/api/v1/audit?tenant=" + mine.id()).then().body("items.action",
                hasItems("webhook.create", "webhook.change", "webhook.delete"));
        assertThat(receiver.got("/never")).isEmpty();
    }

    @Test
    void theNumberOfATenantsWebhooksIsBoundedAlsoUnderParallelCalls() throws Exception {
        Made mine = newTenant("team");
        String admin = keyOf(mine, Roles.TENANT_ADMIN);
        Map<String, Object> body = Map.of("url", receiver.url("/many"), "events", List.of("plan.created"));
        List<Integer> statuses = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(6)) {
            List<Future<Response>> calls = new ArrayList<>();
            for (int i = 0; i < 14; i++) {
                calls.add(pool.submit(() -> with(admin).body(body).post(PATH)));
            }
            for (Future<Response> call : calls) {
                Response answer = call.get();
                statuses.add(answer.statusCode());
                if (answer.statusCode() == 201) {
                    made.add(answer.path("id"));
                } else {
                    answer.then().statusCode(409).body("code", equalTo("webhook_limit"));
                }
            }
        }
        assertThat(statuses).filteredOn(status -> status == 201).hasSize(10);
    }
}
