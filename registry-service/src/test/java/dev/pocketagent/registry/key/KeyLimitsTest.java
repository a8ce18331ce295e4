package dev.pocketagent.registry.key;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import java.util.Map;
import java.util.UUID;

import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.key.ApiKey;
import dev.pocketagent.registry.RegistryTestBase;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;

/** Keys of tenants whose limits are their own, shrink, or end with the tenant. */
@QuarkusTest
class KeyLimitsTest extends RegistryTestBase {

    private ValidatableResponse verify(String secret) {
        return service().body(Map.of("sha256", ApiKey.parse(secret).orElseThrow().sha256Hex()))
                .post("/api/v1/keys/verify").then().statusCode(200);
    }

    private ValidatableResponse tryIssue(Made tenant) {
        return operator().body(Map.of("name", "k", "role", Roles.AGENT))
                .post("/api/v1/tenants/" + tenant.id() + "/keys").then();
    }

    @Test
    void aTenantsOwnLimitsHoldAndAreToldWithEachOfItsKeys() {
        // Given
        String slug = newSlug();
        String id = operator().body(Map.of("slug", slug, "name", "Own", "plan", "sovereign", "overrides",
                Map.of("keys", 2, "requestsPerMinute", 7))).post("/api/v1/tenants").then().statusCode(201).extract()
                .path("id");
        Made tenant = new Made(UUID.fromString(id), slug);
        String secret = keyOf(tenant, Roles.AGENT);
        verify(secret).body("key.plan.plan", equalTo("sovereign"), "key.plan.keys", equalTo(2),
                "key.plan.requestsPerMinute", equalTo(7), "key.plan.stacks", equalTo(200));
        keyOf(tenant, Roles.AGENT);
        tryIssue(tenant).statusCode(409).body("code", equalTo("key_limit"), "detail", containsString("allows 2 keys"));
        // When
        operator().header("If-Match", "\"0\"").body("{\"overrides\":{\"keys\":3}}").patch("/api/v1/tenants/" + id)
                .then().statusCode(200);
        // Then
        verify(secret).body("key.plan.keys", equalTo(3), "key.plan.requestsPerMinute", equalTo(6000));
        tryIssue(tenant).statusCode(201);
        tryIssue(tenant).statusCode(409);
    }

    @Test
    void aTenantOverItsQuotaGetsNoKeyAndMayRotateTheOnesItHas() {
        Made tenant = newTenant("team");
        String id = issue(tenant, Roles.AGENT).extract().path("id");
        for (int i = 0; i < 10; i++) {
            issue(tenant, Roles.AGENT);
        }
        operator().header("If-Match", "\"0\"").body("{\"plan\":\"starter\"}").patch("/api/v1/tenants/" + tenant.id())
                .then().statusCode(200);

        tryIssue(tenant).statusCode(409).body("code", equalTo("over_quota"));

        operator().body("{}").post("/api/v1/keys/" + id + "/rotate").then().statusCode(201);
    }

    @Test
    void theKeysOfATenantEndWithItsDeletionAndGoWithItsErasure() {
        // Given
        Made tenant = newTenant("team");
        var issued = issue(tenant, Roles.AGENT).extract();
        String rotated = operator().body("{}").post("/api/v1/keys/" + issued.path("id") + "/rotate").path("id");
        operator().header("If-Match", "*").delete("/api/v1/tenants/" + tenant.id() + "?reason=gone").then()
                .statusCode(200);
        verify(issued.path("secret")).body("code", equalTo("tenant_deleted"));
        tryIssue(tenant).statusCode(409).body("code", equalTo("tenant_gone"));
        operator().body("{}").post("/api/v1/keys/" + rotated + "/rotate").then().statusCode(409)
                .body("code", equalTo("tenant_gone"));
        // When
        operator().body(Map.of("reason", "asked for", "confirm", tenant.slug()))
                .post("/api/v1/tenants/" + tenant.id() + "/purge").then().statusCode(200);
        // Then
        verify(issued.path("secret")).body("code", equalTo("unknown"));
        operator().get("/api/v1/keys/" + issued.path("id")).then().statusCode(404);
        operator().get("/api/v1/keys/" + rotated).then().statusCode(404);
    }
}
