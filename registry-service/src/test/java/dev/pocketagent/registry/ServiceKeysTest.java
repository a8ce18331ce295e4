package dev.pocketagent.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.key.ApiKey;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;

/** What the keys of our own services open: what these services call, and nothing else. */
@QuarkusTest
class ServiceKeysTest extends RegistryTestBase {

    private static final Set<String> ALL = Set.of("provisioner", "router", "sync");
    private static final Set<String> WITH_QUOTAS = Set.of("provisioner", "sync");

    /** Every other route is closed to all three. */
    private static final Map<String, Set<String>> OPEN = Map.of(
            "POST /api/v1/keys/verify", ALL,
            "GET /api/v1/events", ALL,
            "GET /api/v1/tenants", ALL,
            "GET /api/v1/tenants/{idOrSlug}", WITH_QUOTAS,
            "GET /api/v1/plans/{name}/versions/{version}", WITH_QUOTAS,
            "POST /api/v1/tenants/{idOrSlug}/reservations", WITH_QUOTAS,
            "GET /api/v1/tenants/{idOrSlug}/reservations", WITH_QUOTAS,
            "POST /api/v1/reservations/{id}/confirm", WITH_QUOTAS,
            "POST /api/v1/reservations/{id}/release", WITH_QUOTAS);

    private Map<String, String> keys() {
        return Map.of("provisioner", first.provisioner(), "router", first.router(), "sync", first.sync());
    }

    private Response issue(String role, Map<String, Object> more) {
        Map<String, Object> body = new java.util.HashMap<>(Map.of("name", "a service", "role", role));
        body.putAll(more);
        return operator().body(body).post("/api/v1/keys");
    }

    @Test
    void eachOpensWhatItsServiceCallsAndNothingElse() {
        RoleMatrixTest.ALLOWED.keySet().forEach(route -> {
            String method = route.substring(0, route.indexOf(' '));
            String path = route.substring(route.indexOf(' ') + 1).replaceAll("\\{[^}]*}", UUID.randomUUID().toString());
            keys().forEach((service, key) -> {
                // When
                var request = with(key);
                int status = (Set.of("POST", "PATCH", "PUT").contains(method) ? request.body("{}") : request)
                        .request(method, path).statusCode();
                // Then
                assertThat(status == 403).as("%s by %s is refused (%d)", route, service, status)
                        .isEqualTo(!OPEN.getOrDefault(route, Set.of()).contains(service));
                assertThat(status).as("%s by %s", route, service).isLessThan(500).isNotEqualTo(401);
            });
        });
    }

    @Test
    void theyDoTheirServicesWork() {
        Made tenant = newTenant("team");
        String digest = ApiKey.parse(first.operator()).orElseThrow().sha256Hex();
        keys().forEach((service, key) -> {
            with(key).body(Map.of("sha256", digest)).post("/api/v1/keys/verify").then().statusCode(200).body("code",
                    equalTo("valid"));
            with(key).get("/api/v1/events?after=latest").then().statusCode(200);
            with(key).get("/api/v1/tenants?limit=200").then().statusCode(200);
        });
        for (String key : List.of(first.provisioner(), first.sync())) {
            String path = "/api/v1/tenants/" + tenant.id();
            String plan = with(key).get(path).then().statusCode(200).extract().path("plan");
            with(key).get("/api/v1/plans/" + plan + "/versions/1").then().statusCode(200);
            String id = with(key).header("Idempotency-Key", UUID.randomUUID().toString())
                    .body(Map.of("holder", "thing/x", "amounts", Map.of("stacks", 1))).post(path + "/reservations")
                    .then().statusCode(201).extract().path("id");
            with(key).post("/api/v1/reservations/" + id + "/confirm").then().statusCode(200);
            with(key).get(path + "/reservations?holder=thing/x&state=confirmed").then().body("items.id",
                    equalTo(List.of(id)));
            with(key).post("/api/v1/reservations/" + id + "/release").then().statusCode(200);
        }
    }

    @Test
    void noneOfThemGetsAKeyOfATenant() {
        Made tenant = newTenant("team");
        String agent = issue(tenant, Roles.AGENT).extract().path("id");
        keys().forEach((service, key) -> {
            with(key).body(Map.of("name", "n", "role", Roles.AGENT))
                    .post("/api/v1/tenants/" + tenant.id() + "/keys").then().statusCode(403)
                    .body("code", equalTo("forbidden"), "detail", containsString("scopes"));
            with(key).body("{}").post("/api/v1/keys/" + agent + "/rotate").then().statusCode(403);
        });
        operator().get("/api/v1/tenants/" + tenant.id() + "/keys").then().body("items.id", equalTo(List.of(agent)));
    }

    @Test
    void theTasksAreScopesForKeysOfServicesOnly() {
        String follower = issue(Roles.SERVICE, Map.of("scopes", List.of("registry:follow"))).then().statusCode(201)
                .extract().path("secret");
        with(follower).get("/api/v1/events?after=latest").then().statusCode(200);
        with(follower).get("/api/v1/plans").then().statusCode(403);
        with(follower).body(Map.of("sha256", "0".repeat(64))).post("/api/v1/keys/verify").then().statusCode(403);
        String both = issue(Roles.SERVICE, Map.of("scopes", List.of("registry:read", "registry:verify")))
                .path("secret");
        with(both).get("/api/v1/plans").then().statusCode(200);
        with(both).body(Map.of("sha256", "0".repeat(64))).post("/api/v1/keys/verify").then().statusCode(200);
        with(both).body(Map.of("value", "v")).put("/api/v1/tenants/x/external-ids/y").then().statusCode(403);
        issue(Roles.OPERATOR, Map.of("scopes", List.of("registry:verify"))).then().statusCode(400)
                .body("errors[0].pointer", equalTo("/scopes"), "errors[0].detail", containsString("'service' only"));
    }
}
