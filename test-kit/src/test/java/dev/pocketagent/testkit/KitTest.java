package dev.pocketagent.testkit;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

import jakarta.inject.Inject;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.kit.http.ExpiredAnswers;
import dev.pocketagent.kit.key.ApiKey;
import dev.pocketagent.kit.key.KeyKind;
import dev.pocketagent.kit.secret.SecretException;
import dev.pocketagent.kit.secret.Secrets;
import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;

/** The kit as a service uses it, over HTTP, on a real PostgreSQL. */
@QuarkusTest
@QuarkusTestResource(PostgresResource.class)
@QuarkusTestResource(RegistryResource.class)
@Tag("slow")
class KitTest {

    RegistryDouble registry;

    @Inject
    Schema schema;
    @Inject
    Secrets secrets;
    @Inject
    RowScope rows;
    @Inject
    ExpiredAnswers expired;
    @Inject
    AgroalDataSource database;
    @TestHTTPResource(value = "/metrics", management = true)
    URL metrics;

    UUID tenant;
    String admin;
    String operator;

    @BeforeEach
    void keys() {
        await().atMost(Duration.ofSeconds(20)).until(schema::ready);
        tenant = registry.newTenant();
        admin = registry.issue(Roles.TENANT_ADMIN, tenant);
        operator = registry.issue(Roles.OPERATOR, null);
    }

    @AfterEach
    void back() {
        registry.away(false);
    }

    private static RequestSpecification with(String key) {
        return given().header("Authorization", "Bearer " + key).contentType("application/json");
    }

    private static String name() {
        return UUID.randomUUID().toString().replaceAll("[^a-f]", "").concat("abcdefgh").substring(0, 8)
                + Long.toString(System.nanoTime(), 26).replaceAll("[0-9]", "z");
    }

    @Test
    void allKindsOfBadKeysGetTheSameAnswer() {
        String unknown = ApiKey.generate(KeyKind.TENANT).secret();
        String revoked = registry.issue(Roles.TENANT_ADMIN, tenant);
        registry.revoke(revoked);
        String reference = given().get("/api/v1/toys").then().statusCode(401)
                .contentType("application/problem+json").header("WWW-Authenticate", containsString("Bearer"))
                .body("code", equalTo("unauthenticated"), "traceId", matchesPattern("[0-9a-f]{32}"))
                .extract().path("detail");
        for (String bad : new String[]{unknown, revoked, "x", "pocket_tn_short", unknown.substring(1)}) {
            with(bad).get("/api/v1/toys").then().statusCode(401).body("detail", equalTo(reference));
        }
        given().header("Authorization", "Basic eDp5").get("/api/v1/toys").then().statusCode(401)
                .body("detail", equalTo(reference));
    }

    @Test
    void rolesDecideAndUnannotatedRoutesAreClosed() {
        with(registry.issue(Roles.AGENT, tenant)).get("/api/v1/toys").then().statusCode(403)
                .body("code", equalTo("forbidden"));
        with(operator).get("/api/v1/toys/unannotated").then().statusCode(403);
        with(admin).get("/api/v1/toys").then().statusCode(200);
    }

    @Test
    void scopesNarrowWhatTheRoleAllows() {
        String reader = registry.issue(Roles.TENANT_ADMIN, tenant, Set.of("toy:read", "registry:*"));
        with(reader).get("/api/v1/toys").then().statusCode(200);
        with(reader).head("/api/v1/toys").then().statusCode(200);
        with(reader).body("{\"name\":\"a\"}").post("/api/v1/toys").then().statusCode(403)
                .contentType("application/problem+json")
                .body("code", equalTo("forbidden"), "detail", containsString("'toy:write'"));
        with(reader).body("{}").patch("/api/v1/toys/" + UUID.randomUUID()).then().statusCode(403);
        String whole = registry.issue(Roles.TENANT_ADMIN, tenant, Set.of("toy:*"));
        with(whole).body("{\"name\":\"" + name() + "\"}").post("/api/v1/toys").then().statusCode(201);
        with(registry.issue(Roles.TENANT_ADMIN, tenant, Set.of("toy:write"))).get("/api/v1/toys").then()
                .statusCode(403).body("detail", containsString("'toy:read'"));
        with(registry.issue(Roles.AGENT, tenant, Set.of("toy:*"))).get("/api/v1/toys").then().statusCode(403);
    }

    @Test
    void whoShowsTooManyBadKeysWaitsWhileKeysInUseGoOn() throws Exception {
        // Given: an address of its own, so that no other test has to wait
        HttpClient attacker = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
                .localAddress(InetAddress.getByName("127.0.0.66")).build();
        assertThat(get(attacker, admin).statusCode()).isEqualTo(200);
        HttpResponse<String> answer;
        int asked;
        int refused = 0;
        // When
        do {
            asked = registry.verifications();
            answer = get(attacker, ApiKey.generate(KeyKind.TENANT).secret());
            refused++;
        } while (answer.statusCode() == 401 && refused < 1_000);
        // Then: a token comes back each second, so a slow machine needs some more
        assertThat(refused).isGreaterThan(60);
        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.body()).contains("\"code\":\"rate_limited\"");
        assertThat(answer.headers().firstValue("Retry-After")).hasValue("1");
        assertThat(registry.verifications()).as("nobody was asked").isEqualTo(asked);
        assertThat(get(attacker, admin).statusCode()).isEqualTo(200);
        with(ApiKey.generate(KeyKind.TENANT).secret()).get("/api/v1/toys").then().statusCode(401);
    }

    private static HttpResponse<String> get(HttpClient client, String key) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + RestAssured.port + "/api/v1/toys"))
                .header("Authorization", "Bearer " + key).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void countersOfBadKeysAreThereFromTheStart() {
        for (String reason : new String[]{"malformed", "unknown", "revoked", "expired"}) {
            given().get(metrics).then().statusCode(200)
                    .body(containsString("pocket_auth_failures_total{reason=\"" + reason + "\"}"));
        }
        given().get(metrics).then().body(containsString("pocket_auth_blocked_total"));
    }

    @Test
    void aSuspendedTenantIsStoppedThroughTheFeedAlthoughItsKeyIsRemembered() {
        with(admin).get("/api/v1/toys").then().statusCode(200);

        registry.suspend(tenant);

        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> with(admin).get("/api/v1/toys").then()
                .statusCode(403).body("code", equalTo("tenant_suspended")));
        registry.resume(tenant);
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> with(admin).get("/api/v1/toys").then().statusCode(200));
    }

    @Test
    void whileTheRegistryIsAwayRememberedKeysGoOnAndUnknownOnesGet503() {
        with(admin).get("/api/v1/toys").then().statusCode(200);
        registry.away(true);
        with(admin).get("/api/v1/toys").then().statusCode(200);
        with(ApiKey.generate(KeyKind.TENANT).secret()).get("/api/v1/toys").then().statusCode(503)
                .body("code", equalTo("dependency_unavailable")).header("Retry-After", notNullValue());
    }

    @Test
    void badInputNamesTheFieldAndStoresNothing() {
        with(admin).body("{\"name\":\"UPPER\"}").post("/api/v1/toys").then().statusCode(400)
                .contentType("application/problem+json").body("code", equalTo("invalid_input"),
                        "errors.pointer", hasItem("/name"), "errors.detail", hasItem(containsString("small letters")));
        with(admin).body("{\"name\":\"a\",\"colour\":1}").post("/api/v1/toys").then().statusCode(400)
                .body("errors[0].pointer", equalTo("/colour"), "errors[0].detail", containsString("name"));
        with(admin).body("{\"name\":\"a\",\"inner\":{\"size\":\"big\"}}").post("/api/v1/toys").then().statusCode(400)
                .body("errors[0].pointer", equalTo("/inner/size"));
        with(admin).body("{\"name\":").post("/api/v1/toys").then().statusCode(400)
                .body("code", equalTo("malformed_body"));
        with(admin).body("[]").post("/api/v1/toys").then().statusCode(400);
        for (String odd : new String[]{"{\"name\":\"a\",\"name\":\"b\"}", "{\"name\":\"a\"}{\"name\":\"b\"}",
                "{\"name\":\"a\"} more", "{\"inner\":".repeat(5000)}) {
            with(admin).body(odd).post("/api/v1/toys").then().statusCode(400);
        }
        with(admin).get("/api/v1/toys?limt=3").then().statusCode(400)
                .body("code", equalTo("unknown_parameter"), "detail", containsString("limit"));
        with(admin).get("/api/v1/toys?limit=201").then().statusCode(400)
                .body("errors[0].pointer", equalTo("?limit"));
        with(admin).get("/api/v1/toys").then().body("", equalTo(java.util.List.of()));
    }

    @Test
    void aQueryParameterThatCannotBeReadIsNamedWithWhatWouldBeRight() {
        // Given
        String path = "/api/v1/toys/typed/" + tenant;
        Map<String, String> bad = Map.of("size", "abc", "colour", "green", "at", "yesterday", "tenant", "acme", "sizes",
                "1.5", "until", "2026-13-01");
        // When / Then
        with(admin).queryParams(Map.of("size", "3", "colour", "RED", "at", "2026-11-24T10:15:30Z", "sizes", "1",
                "until", "2026-11-24")).get(path).then().statusCode(200)
                .body(equalTo("3 RED 2026-11-24T10:15:30Z null [1] 2026-11-24"));
        with(admin).get("/api/v1/toys?limit=abc").then().statusCode(400).contentType("application/problem+json")
                .body("code", equalTo("invalid_input"), "errors.pointer", equalTo(List.of("?limit")), "detail",
                        equalTo("?limit: must be a whole number"));
        with(admin).get("/api/v1/toys?limit=").then().statusCode(200);
        with(admin).get("/api/v1/toys?limit=3000000000").then().statusCode(400);
        bad.forEach((name, value) -> with(admin).queryParam(name, value).get(path).then().statusCode(400)
                .body("errors.pointer", equalTo(List.of("?" + name)), "errors[0].detail", not(containsString("java"))));
        with(admin).queryParam("colour", "green").get(path).then().statusCode(400).body("errors.detail",
                equalTo(List.of("must be one of RED, BLUE")));
        with(admin).get("/api/v1/toys/typed/nonsense?size=3").then().statusCode(404).body("code",
                equalTo("not_found"));
    }

    @Test
    void aBodyThatIsMissingIsCalledSoAndNotByAName() {
        for (String none : new String[]{"", "null", "[]", "3"}) {
            with(admin).body(none).post("/api/v1/toys").then().statusCode(400)
                    .body("code", equalTo("invalid_input"), "errors.pointer", equalTo(List.of("")),
                            "errors[0].detail", containsString("JSON object is needed"))
                    .body(not(containsString("toy\"")));
        }
        with(admin).queryParam("how-many", 4).header("X-Size", "4").get("/api/v1/toys/checked").then().statusCode(400)
                .body("errors.pointer", equalTo(List.of("?how-many", "X-Size")));
    }

    @Test
    void everyOtherErrorIsAProblemWithoutInsides() {
        with(operator).get("/api/v1/toys/broken").then().statusCode(500).body("code", equalTo("internal"))
                .body(not(containsString("insides"))).body(not(containsString("java")));
        with(operator).get("/api/v1/nowhere").then().statusCode(404).body("code", equalTo("not_found"));
        with(operator).put("/api/v1/toys").then().statusCode(405).body("code", equalTo("method_not_allowed"));
        given().header("Authorization", "Bearer " + admin).contentType("text/plain").body("x").post("/api/v1/toys")
                .then().statusCode(415).body("code", equalTo("unsupported_media_type"));
        String name = name();
        with(admin).body("{\"name\":\"" + name + "\"}").post("/api/v1/toys").then().statusCode(201);
        with(admin).body("{\"name\":\"" + name + "\"}").post("/api/v1/toys").then().statusCode(409)
                .body("code", equalTo("conflict"));
    }

    @Test
    void anotherTenantsThingsDoNotExist() {
        String foreign = registry.issue(Roles.TENANT_ADMIN, registry.newTenant());
        String name = name();
        with(admin).body("{\"name\":\"" + name + "\"}").post("/api/v1/toys").then().statusCode(201);
        with(foreign).get("/api/v1/toys").then().body("", not(hasItem(name)));
        with(operator).get("/api/v1/toys").then().body("", hasItem(name));
        with(foreign).body("{\"name\":\"b\",\"tenantId\":\"" + tenant + "\"}").post("/api/v1/toys").then()
                .statusCode(404);
        with(operator).body("{\"name\":\"b\"}").post("/api/v1/toys").then().statusCode(400)
                .body("errors[0].pointer", equalTo("/tenantId"));
        // A query that forgot to name a tenant sees nothing at all.
        with(operator).get("/api/v1/toys/unscoped").then().statusCode(200).body(equalTo("0"));
    }

    @Test
    void anIdempotencyKeyGivesTheFirstAnswerAgain() {
        String key = UUID.randomUUID().toString();
        String body = "{\"name\":\"" + name() + "\"}";
        Response first = with(admin).header("Idempotency-Key", key).body(body).post("/api/v1/toys");
        first.then().statusCode(201).header("Idempotency-Replayed", equalTo(null));

        Response second = with(admin).header("Idempotency-Key", key).body(body).post("/api/v1/toys");

        second.then().statusCode(201).header("Idempotency-Replayed", equalTo("true"))
                .header("Location", equalTo(first.header("Location"))).header("ETag", equalTo("\"0\""))
                .body("id", equalTo(first.path("id")), "secret", equalTo("shown once"));
        with(admin).header("Idempotency-Key", key).body("{\"name\":\"other\"}").post("/api/v1/toys").then()
                .statusCode(422).body("code", equalTo("idempotency_mismatch"));
        with(admin).header("Idempotency-Key", "has space").body(body).post("/api/v1/toys").then().statusCode(400);
    }

    @Test
    void anAnswerIsDeletedWhenItsDayIsOverThoughNobodyCalls() throws Exception {
        // Given
        String key = UUID.randomUUID().toString();
        String kept = UUID.randomUUID().toString();
        for (String one : new String[]{key, kept}) {
            with(admin).header("Idempotency-Key", one).body("{\"name\":\"" + name() + "\"}").post("/api/v1/toys").then()
                    .statusCode(201);
        }
        // More than one batch.
        change("insert into idempotency_record select gen_random_uuid(), 'old', request_hash, status, headers, body,"
                + " now() - interval '25 hours' from idempotency_record, generate_series(1, 1200) where key = '" + key
                + "'");
        change("update idempotency_record set created_at = now() - interval '24 hours 1 second' where key = '" + key
                + "'");
        // When
        expired.delete();
        // Then
        assertThat(change("delete from idempotency_record where key in ('old', '" + key + "')")).isZero();
        assertThat(change("delete from idempotency_record where key = '" + kept + "'")).isEqualTo(1);
    }

    @Test
    void answersThatNameAnErasedTenantGoWithIt() throws Exception {
        // Given
        UUID other = registry.newTenant();
        String prefix = UUID.randomUUID().toString();
        with(admin).header("Idempotency-Key", prefix + "/own").body("{\"name\":\"" + name() + "\"}")
                .post("/api/v1/toys").then().statusCode(201);
        for (UUID about : List.of(tenant, other)) {
            with(operator).header("Idempotency-Key", prefix + "/" + about)
                    .body("{\"name\":\"" + name() + "\",\"tenantId\":\"" + about + "\"}").post("/api/v1/toys").then()
                    .statusCode(201);
        }
        // When
        registry.publish("tenant.purged", tenant, Map.of());
        // Then
        String kept = "select count(*) from idempotency_record where key like '" + prefix + "/%'";
        await().atMost(Duration.ofSeconds(15)).until(() -> number(kept) == 1);
        assertThat(number(kept + " and key = '" + prefix + "/" + other + "'")).isEqualTo(1);
    }

    private int number(String query) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                var row = statement.executeQuery(query)) {
            row.next();
            return row.getInt(1);
        }
    }

    private int change(String statement) throws SQLException {
        try (Connection connection = database.getConnection(); Statement change = connection.createStatement()) {
            return change.executeUpdate(statement);
        }
    }

    @Test
    void aRequestWhoseTwinStillRunsIsRefused() throws Exception {
        String key = UUID.randomUUID().toString();
        String body = "{\"name\":\"slow" + name() + "\"}";
        CompletableFuture<Integer> first = CompletableFuture
                .supplyAsync(() -> with(admin).header("Idempotency-Key", key).body(body).post("/api/v1/toys")
                        .statusCode(), Thread::startVirtualThread);
        Thread.sleep(500);
        with(admin).header("Idempotency-Key", key).body(body).post("/api/v1/toys").then().statusCode(409)
                .body("code", equalTo("idempotency_in_progress"));
        assertThat(first.get()).isEqualTo(201);
    }

    @Test
    void changesNeedTheVersionThatWasSeen() {
        String path = "/api/v1/toys/" + UUID.randomUUID();
        with(admin).body("{}").patch(path).then().statusCode(428).body("code", equalTo("precondition_required"));
        with(admin).header("If-Match", "\"6\"").body("{}").patch(path).then().statusCode(412);
        with(admin).header("If-Match", "\"7\"").body("{}").patch(path).then().statusCode(204);
    }

    @Test
    void whatWasSealedUnderADestroyedKeyNeverOpensAgain() {
        // Given
        UUID other = registry.newTenant();
        byte[] plain = "token".getBytes(StandardCharsets.UTF_8);
        byte[] sealed = rows.inTenant(tenant, () -> secrets.seal(tenant, "field", plain));
        byte[] others = rows.inTenant(other, () -> secrets.seal(other, "field", plain));
        // When
        boolean there = rows.inTenant(tenant, () -> secrets.destroy(tenant));
        // Then
        assertThat(there).isTrue();
        assertThat(rows.inTenant(tenant, () -> secrets.destroy(tenant))).isFalse();
        assertThatThrownBy(() -> rows.inTenant(tenant, () -> secrets.open(tenant, "field", sealed)))
                .isInstanceOf(SecretException.class);
        // Not even when the tenant, against all rules, gets a new key.
        rows.inTenant(tenant, () -> secrets.seal(tenant, "field", plain));
        assertThatThrownBy(() -> rows.inTenant(tenant, () -> secrets.open(tenant, "field", sealed)))
                .isInstanceOf(SecretException.class);
        assertThat(rows.inTenant(other, () -> secrets.open(other, "field", others))).isEqualTo(plain);
        assertThatThrownBy(() -> rows.inAllTenants(() -> secrets.destroy(Secrets.PLATFORM)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
