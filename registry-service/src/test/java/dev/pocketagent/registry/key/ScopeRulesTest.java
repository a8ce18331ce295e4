package dev.pocketagent.registry.key;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.key.ApiKey;
import dev.pocketagent.registry.RegistryTestBase;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;

/** What scopes do at the registry's own routes, and who may give which. */
@QuarkusTest
class ScopeRulesTest extends RegistryTestBase {

    private String platformKey(String role, String... scopes) {
        return operator().body(Map.of("name", "scoped", "role", role, "scopes", List.of(scopes))).post("/api/v1/keys")
                .then().statusCode(201).extract().path("secret");
    }

    private static Response issueWith(String key, Made tenant, String role, String... scopes) {
        return with(key).body(Map.of("name", "scoped", "role", role, "scopes", List.of(scopes)))
                .post("/api/v1/tenants/" + tenant.id() + "/keys");
    }

    @Test
    void aScopedKeyReadsOrWritesOnlyWhereItsScopesSay() {
        String reader = platformKey(Roles.OPERATOR, "registry:read", "sync:*");
        String writer = platformKey(Roles.OPERATOR, "registry:write");
        String elsewhere = platformKey(Roles.OPERATOR, "router:*");
        Map<String, String> tenant = Map.of("slug", newSlug(), "name", "Scoped", "plan", "team");

        with(reader).get("/api/v1/tenants").then().statusCode(200);
        with(reader).head("/api/v1/plans").then().statusCode(200);
        with(reader).body(tenant).post("/api/v1/tenants").then().statusCode(403)
                .contentType("application/problem+json")
                .body("code", equalTo("forbidden"), "detail", containsString("'registry:write'"));
        with(writer).body(tenant).post("/api/v1/tenants").then().statusCode(201);
        with(writer).get("/api/v1/tenants").then().statusCode(403).body("detail", containsString("'registry:read'"));
        with(elsewhere).get("/api/v1/tenants").then().statusCode(403);
        with(platformKey(Roles.OPERATOR, "registry:*")).get("/api/v1/tenants").then().statusCode(200);
    }

    @Test
    void servicesWithAndWithoutScopesFollowTheFeedAndCheckKeys() {
        Map<String, String> question = Map.of("sha256", ApiKey.parse(first.operator()).orElseThrow().sha256Hex());
        String follower = platformKey(Roles.SERVICE, "registry:read");
        with(follower).get("/api/v1/events?after=latest").then().statusCode(200);
        with(follower).body(question).post("/api/v1/keys/verify").then().statusCode(403);
        with(platformKey(Roles.SERVICE, "registry:write")).body(question).post("/api/v1/keys/verify").then()
                .statusCode(200);
        service().get("/api/v1/events?after=latest").then().statusCode(200);
        service().body(question).post("/api/v1/keys/verify").then().statusCode(200);
    }

    @Test
    void aScopeThatDoesNotExistIsRefusedWithTheCatalogue() {
        Made tenant = newTenant("team");
        for (String bad : new String[]{"chat", "registry", "registry:delete", "Registry:read", "*", "",
                "a".repeat(99)}) {
            issueWith(first.operator(), tenant, Roles.AGENT, bad).then().statusCode(400)
                    .body("errors[0].pointer", equalTo("/scopes"), "errors[0].detail",
                            containsString("provisioner:*, provisioner:read, provisioner:write, registry:*"));
        }
        operator().body("{\"name\":\"n\",\"role\":\"agent\",\"scopes\":[null]}")
                .post("/api/v1/tenants/" + tenant.id() + "/keys").then().statusCode(400);
        operator().get("/api/v1/tenants/" + tenant.id() + "/keys").then().body("items.size()", equalTo(0));
    }

    @Test
    void aScopedKeyCannotGetASecretThatOpensMoreThanItself() {
        // Given
        Made tenant = newTenant("team");
        String wide = issue(tenant, Roles.TENANT_ADMIN).extract().path("id");
        String admin = issueWith(first.operator(), tenant, Roles.TENANT_ADMIN, "registry:*").path("secret");
        // When, Then
        with(admin).body(Map.of("name", "n", "role", Roles.AGENT)).post("/api/v1/tenants/" + tenant.id() + "/keys")
                .then().statusCode(403).body("detail", containsString("registry:*"));
        issueWith(admin, tenant, Roles.AGENT, "registry:read", "router:write").then().statusCode(403);
        String narrow = issueWith(admin, tenant, Roles.AGENT, "registry:read").then().statusCode(201).extract()
                .path("id");
        with(admin).body("{}").post("/api/v1/keys/" + wide + "/rotate").then().statusCode(403)
                .body("detail", containsString("fewer scopes"));
        with(admin).body("{}").post("/api/v1/keys/" + narrow + "/rotate").then().statusCode(201)
                .body("scopes", equalTo(List.of("registry:read")));
    }
}
