package dev.pocketagent.registry.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.registry.RegistryTestBase;
import dev.pocketagent.registry.webhook.Receiver.Got;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;

/** Webhooks as their owners and receivers meet them, over HTTP only: so it runs on the packaged application, too. */
@Tag("slow")
@QuarkusTest
class WebhookTest extends RegistryTestBase {

    private static final String PATH = "/api/v1/webhooks";
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static Receiver receiver;

    private final ConcurrentLinkedQueue<String> made = new ConcurrentLinkedQueue<>();

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
    private record Hook(String id, String secret, String path) {
        String url() {
            return PATH + "/" + id;
        }
    }

    private Hook hook(String key, String path, List<String> events, Map<String, Object> more) {
        Map<String, Object> body = new HashMap<>(Map.of("url", receiver.url(path), "events", events));
        body.putAll(more);
        Response answer = with(key).body(body).post(PATH);
        answer.then().statusCode(201);
        made.add(answer.path("id"));
        return new Hook(answer.path("id"), answer.path("secret"), path);
    }

    private Hook hook(String key, String path, String... events) {
        return hook(key, path, List.of(events), Map.of());
    }

    private static String newPath() {
        return "/" + UUID.randomUUID();
    }

    private void rename(Made tenant, String name) {
        operator().header("If-Match", "*").body(Map.of("name", name)).patch("/api/v1/tenants/" + tenant.id()).then()
                .statusCode(200);
    }

    private List<Got> awaitGot(String path, int count) {
        await().atMost(PATIENCE).until(() -> receiver.got(path).size() >= count);
        return receiver.got(path);
    }

    private void awaitState(Hook hook, String state, int count) {
        await().atMost(PATIENCE).until(() -> operator().get(hook.url() + "/deliveries?state=" + state)
                .jsonPath().getList("items").size() == count);
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
