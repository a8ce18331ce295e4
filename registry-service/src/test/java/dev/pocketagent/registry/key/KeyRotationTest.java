package dev.pocketagent.registry.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.key.ApiKey;
import dev.pocketagent.registry.RegistryTestBase;
import dev.pocketagent.registry.quota.Quotas;
import dev.pocketagent.registry.quota.Resource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;

@Tag("slow")
@QuarkusTest
class KeyRotationTest extends RegistryTestBase {

    @Inject
    RowScope rows;
    @Inject
    Quotas quotas;

    private Response rotate(Object id, String body) {
        return operator().body(body).post("/api/v1/keys/" + id + "/rotate");
    }

    private ValidatableResponse verify(String secret) {
        return service().body(Map.of("sha256", ApiKey.parse(secret).orElseThrow().sha256Hex()))
                .post("/api/v1/keys/verify").then().statusCode(200);
    }

    private int keysUsed(Made tenant) {
        return rows.inTenant(tenant.id(), () -> quotas.read(tenant.id()).used().of(Resource.KEYS));
    }

    private static Instant instant(Response answer, String path) {
        return Instant.parse(answer.path(path));
    }

    @Test
    void bothKeysOpenUntilTheOverlapEndsAndEverybodyIsTold() {
        // Given
        Made tenant = newTenant("team");
        int before = operator().get("/api/v1/events?after=latest").path("next");
        Response old = operator().body(Map.of("name", "laptop", "role", Roles.TENANT_DEVELOPER, "scopes",
                List.of("registry:*", "router:write"))).post("/api/v1/tenants/" + tenant.id() + "/keys");
        String oldId = old.path("id");
        // When
        Response made = rotate(oldId, "{\"overlapSeconds\":3600}");
        // Then
        String newId = made.then().statusCode(201).header("ETag", "\"0\"")
                .body("replaces", equalTo(oldId), "name", equalTo("laptop"), "role", equalTo("tenant-developer"),
                        "scopes", equalTo(List.of("registry:*", "router:write")), "tenantId",
                        equalTo(tenant.id().toString()), "expiresAt", nullValue(), "id", not(equalTo(oldId)))
                .extract().path("id");
        assertThat(made.header("Location")).endsWith("/api/v1/keys/" + newId);
        with(made.path("secret")).get("/api/v1/tenants").then().statusCode(200);
        with(old.path("secret")).get("/api/v1/tenants").then().statusCode(200);
        Response after = operator().get("/api/v1/keys/" + oldId);
        after.then().header("ETag", "\"1\"").body("state", equalTo("active"), "replacedBy", equalTo(newId), "revokedAt",
                nullValue());
        assertThat(instant(after, "expiresAt")).isCloseTo(Instant.now().plusSeconds(3600),
                within(1, ChronoUnit.MINUTES));
        verify(old.path("secret")).body("code", equalTo("valid"), "key.expiresAt", equalTo(after.path("expiresAt")));
        assertThat(keysUsed(tenant)).isEqualTo(1);
        String secret = made.path("secret");
        operator().get("/api/v1/audit?tenant=" + tenant.id()).then().body("items[0].action", equalTo("key.rotate"),
                "items[0].target", equalTo("key/" + oldId), "items[0].detail.newKeyId", equalTo(newId))
                .body("items.detail.toString()", not(containsString(secret)));
        String mine = "items.findAll { it.tenantId == '" + tenant.id() + "' }";
        service().get("/api/v1/events?limit=200&after=" + before).then()
                .body(mine + ".type", equalTo(List.of("key.created", "key.rotated")), mine + "[1].data.keyId",
                        equalTo(oldId), mine + "[1].data.newKeyId", equalTo(newId));
    }

    @Test
    void withoutOverlapTheOldKeyIsRevokedAtOnce() {
        Made tenant = newTenant("team");
        var old = issue(tenant, Roles.TENANT_ADMIN).extract();
        String secret = old.path("secret");
        with(secret).get("/api/v1/tenants").then().statusCode(200);

        rotate(old.path("id"), "{\"overlapSeconds\":0}").then().statusCode(201);

        with(secret).get("/api/v1/tenants").then().statusCode(401);
        verify(secret).body("code", equalTo("revoked"));
        operator().get("/api/v1/keys/" + old.path("id")).then().body("state", equalTo("revoked"));
    }

    @Test
    void theOldKeyNeverLivesLongerThanItWouldHaveAndTheNewOneAsLongUnlessTold() {
        Made tenant = newTenant("team");
        Instant end = Instant.now().plus(Duration.ofMinutes(10)).truncatedTo(ChronoUnit.MILLIS);
        Response old = operator().body(Map.of("name", "k", "role", Roles.AGENT, "expiresAt", end.toString()))
                .post("/api/v1/tenants/" + tenant.id() + "/keys");
        Response second = rotate(old.path("id"), "{}");
        assertThat(instant(second, "expiresAt")).isEqualTo(end);
        assertThat(instant(operator().get("/api/v1/keys/" + old.path("id")), "expiresAt")).isEqualTo(end);
        Instant later = end.plus(Duration.ofDays(90));
        Response third = rotate(second.path("id"), "{\"overlapSeconds\":60,\"expiresAt\":\"" + later + "\"}");
        assertThat(instant(third, "expiresAt")).isEqualTo(later);
        assertThat(instant(operator().get("/api/v1/keys/" + second.path("id")), "expiresAt")).isBefore(end);
        Response plain = rotate(issue(tenant, Roles.AGENT).extract().path("id"), "{}");
        assertThat(instant(operator().get("/api/v1/keys/" + plain.path("replaces")), "expiresAt"))
                .as("a day unless told").isCloseTo(Instant.now().plus(Duration.ofDays(1)),
                        within(1, ChronoUnit.MINUTES));
    }

    @Test
    void aTenantAtItsLimitCanRotateAndHoldsNoMoreThanBefore() {
        // Given
        Made tenant = newTenant("starter");
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            ids.add(issue(tenant, Roles.AGENT).extract().path("id"));
        }
        String keys = "/api/v1/tenants/" + tenant.id() + "/keys";
        // When
        List<String> rotated = ids.stream().map(id -> rotate(id, "{}").then().statusCode(201).extract()
                .<String>path("id")).toList();
        // Then
        assertThat(keysUsed(tenant)).isEqualTo(10);
        operator().body(Map.of("name", "k", "role", Roles.AGENT)).post(keys).then().statusCode(409);
        rotate(rotated.get(0), "{}").then().statusCode(409).body("code", equalTo("key_limit"), "detail",
                containsString("overlapSeconds 0"));
        rotate(rotated.get(0), "{\"overlapSeconds\":0}").then().statusCode(201);
        operator().header("If-Match", "*").delete("/api/v1/keys/" + ids.get(1)).then().statusCode(204);
        assertThat(keysUsed(tenant)).as("the old key of a rotation takes nothing").isEqualTo(10);
        rotate(rotated.get(1), "{}").then().statusCode(201);
        operator().header("If-Match", "*").delete("/api/v1/keys/" + rotated.get(2)).then().statusCode(204);
        operator().header("If-Match", "*").delete("/api/v1/keys/" + rotated.get(2)).then().statusCode(204);
        assertThat(keysUsed(tenant)).isEqualTo(9);
        operator().body(Map.of("name", "k", "role", Roles.AGENT)).post(keys).then().statusCode(201);
    }

    @Test
    void ofThirtyParallelRotationsOneTakesOver() throws Exception {
        // Given
        Made tenant = newTenant("starter");
        String id = issue(tenant, Roles.AGENT).extract().path("id");
        List<Future<Response>> answers = new ArrayList<>();
        // When
        try (ExecutorService pool = Executors.newFixedThreadPool(30)) {
            for (int i = 0; i < 30; i++) {
                answers.add(pool.submit(() -> rotate(id, "{}")));
            }
        }
        // Then
        List<String> outcomes = new ArrayList<>();
        for (Future<Response> answer : answers) {
            Response response = answer.get();
            outcomes.add(response.statusCode() == 201 ? "made" : response.path("code"));
        }
        assertThat(outcomes).filteredOn("made"::equals).hasSize(1);
        assertThat(outcomes).filteredOn("key_replaced"::equals).hasSize(29);
        assertThat(keysUsed(tenant)).isEqualTo(1);
        operator().get("/api/v1/tenants/" + tenant.id() + "/keys").then().body("items.size()", equalTo(2));
    }

    @Test
    void aRepeatedRotationGivesTheSameSecret() {
        String id = issue(newTenant("team"), Roles.AGENT).extract().path("id");
        String key = UUID.randomUUID().toString();
        String secret = service().header("Idempotency-Key", key).body("{}").post("/api/v1/keys/" + id + "/rotate")
                .then().statusCode(201).extract().path("secret");
        service().header("Idempotency-Key", key).body("{}").post("/api/v1/keys/" + id + "/rotate").then()
                .statusCode(201).header("Idempotency-Replayed", "true").body("secret", equalTo(secret));
    }

    @Test
    void whatHasEndedOrWasReplacedIsNotRotated() {
        Made tenant = newTenant("team");
        String revoked = issue(tenant, Roles.AGENT).extract().path("id");
        operator().header("If-Match", "*").delete("/api/v1/keys/" + revoked).then().statusCode(204);
        rotate(revoked, "{}").then().statusCode(409).body("code", equalTo("key_ended"), "detail",
                containsString("Issue a new key"));
        String replaced = issue(tenant, Roles.AGENT).extract().path("id");
        String newer = rotate(replaced, "{}").path("id");
        rotate(replaced, "{}").then().statusCode(409).body("code", equalTo("key_replaced"), "detail",
                containsString(newer));
        rotate(UUID.randomUUID(), "{}").then().statusCode(404);
    }

    @Test
    void badInputIsRefusedAndChangesNothing() {
        Made tenant = newTenant("team");
        String id = issue(tenant, Roles.AGENT).extract().path("id");
        for (String bad : new String[]{"{\"overlapSeconds\":-1}", "{\"overlapSeconds\":2592001}",
                "{\"overlapSeconds\":\"soon\"}", "{\"overlapSeconds\":99999999999}"}) {
            rotate(id, bad).then().statusCode(400).body("errors[0].pointer", equalTo("/overlapSeconds"));
        }
        for (String bad : new String[]{"2020-01-01T00:00:00Z", "+999999-01-01T00:00:00Z", "+10000-01-01T00:00:00Z",
                "-999999-01-01T00:00:00Z"}) {
            rotate(id, "{\"expiresAt\":\"" + bad + "\"}").then().statusCode(400).body("errors[0].pointer",
                    equalTo("/expiresAt"));
            operator().body("{\"name\":\"x\",\"role\":\"agent\",\"expiresAt\":\"" + bad + "\"}")
                    .post("/api/v1/tenants/" + tenant.id() + "/keys").then().statusCode(400)
                    .body("errors[0].pointer", equalTo("/expiresAt"));
        }
        rotate(id, "{\"overlap\":1}").then().statusCode(400).body("errors[0].pointer", equalTo("/overlap"));
        rotate(id, "null").then().statusCode(400);
        rotate(id, "").then().statusCode(400);
        operator().body("{}").post("/api/v1/keys/" + id + "/rotate?now=1").then().statusCode(400);
        operator().get("/api/v1/tenants/" + tenant.id() + "/keys").then().body("items.size()", equalTo(1),
                "items[0].replacedBy", nullValue(), "items[0].version", equalTo(0));
    }

    @Test
    void onlyThoseRotateWhoCouldIssueAndOnlyTheirOwnTenants() {
        Made tenant = newTenant("team");
        String admin = keyOf(tenant, Roles.TENANT_ADMIN);
        String developerId = issue(tenant, Roles.TENANT_DEVELOPER).extract().path("id");
        String agentId = issue(tenant, Roles.AGENT).extract().path("id");
        String foreignId = issue(newTenant("team"), Roles.AGENT).extract().path("id");
        String platformId = operator().body(Map.of("name", "n", "role", Roles.AUDITOR)).post("/api/v1/keys")
                .path("id");
        service().body("{}").post("/api/v1/keys/" + developerId + "/rotate").then().statusCode(403);
        service().body("{}").post("/api/v1/keys/" + agentId + "/rotate").then().statusCode(201);
        service().body("{}").post("/api/v1/keys/" + platformId + "/rotate").then().statusCode(403);
        with(admin).body("{}").post("/api/v1/keys/" + developerId + "/rotate").then().statusCode(201);
        with(admin).body("{}").post("/api/v1/keys/" + foreignId + "/rotate").then().statusCode(404);
        with(admin).body("{}").post("/api/v1/keys/" + platformId + "/rotate").then().statusCode(404);
        rotate(platformId, "{}").then().statusCode(201).body("tenantId", nullValue(), "role", equalTo("auditor"));
    }

    @Test
    void listsCanBeAskedForARoleAndAState() {
        Made tenant = newTenant("team");
        String path = "/api/v1/tenants/" + tenant.id() + "/keys";
        String active = issue(tenant, Roles.AGENT).extract().path("id");
        String developer = issue(tenant, Roles.TENANT_DEVELOPER).extract().path("id");
        String revoked = issue(tenant, Roles.AGENT).extract().path("id");
        operator().header("If-Match", "*").delete("/api/v1/keys/" + revoked).then().statusCode(204);
        operator().get(path + "?state=active").then().body("items.id", equalTo(List.of(active, developer)));
        operator().get(path + "?state=revoked").then().body("items.id", equalTo(List.of(revoked)), "items.state",
                equalTo(List.of("revoked")));
        operator().get(path + "?state=expired").then().body("items", equalTo(List.of()));
        operator().get(path + "?role=agent&state=active").then().body("items.id", equalTo(List.of(active)));
        operator().get(path + "?role=operator").then().statusCode(400).body("errors[0].pointer", equalTo("?role"));
        operator().get(path + "?state=gone").then().statusCode(400).body("errors[0].pointer", equalTo("?state"),
                "detail", containsString("active, expired, revoked"));
        platformKey(Roles.AUDITOR);
        List<String> roles = operator().get("/api/v1/keys?role=auditor").path("items.role");
        assertThat(roles).isNotEmpty().allMatch(Roles.AUDITOR::equals);
        operator().get("/api/v1/keys?role=agent").then().statusCode(400);
    }
}
