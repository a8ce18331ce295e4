package dev.pocketagent.registry.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.registry.RegistryTestBase;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;

/** A key that was lent for a while is not for ever: nothing that it makes outlives it. */
@QuarkusTest
class KeyEndsTest extends RegistryTestBase {

    private final String end = Instant.now().plus(1, ChronoUnit.HOURS).truncatedTo(ChronoUnit.MILLIS).toString();
    private final String before = Instant.parse(end).minusSeconds(60).toString();
    private final String behind = Instant.parse(end).plusSeconds(1).toString();

    private Made tenant;
    private String lent;
    private String lentId;

    @BeforeEach
    void lend() {
        tenant = newTenant("team");
        Response made = issue(first.operator(), Map.of("name", "lent", "role", Roles.TENANT_ADMIN, "expiresAt", end));
        lent = made.then().statusCode(201).extract().path("secret");
        lentId = made.path("id");
    }

    private Response issue(String key, Map<String, String> body) {
        return with(key).body(body).post("/api/v1/tenants/" + tenant.id() + "/keys");
    }

    private static Response rotate(String key, String id, Map<String, String> body) {
        return with(key).body(body).post("/api/v1/keys/" + id + "/rotate");
    }

    private static void at(Response made, String end) {
        assertThat(Instant.parse(made.then().statusCode(201).extract().<String>path("expiresAt")))
                .isEqualTo(Instant.parse(end));
    }

    private void isRefused(Response answer) {
        answer.then().statusCode(400).body("errors[0].pointer", equalTo("/expiresAt"), "errors[0].detail",
                containsString("must not be after " + end), "detail", containsString("a key that lasts longer"));
    }

    @Test
    void whatItIssuesEndsWithItOrBefore() {
        Map<String, String> agent = Map.of("name", "n", "role", Roles.AGENT);
        at(issue(lent, agent), end);
        at(issue(lent, Map.of("name", "n", "role", Roles.AGENT, "expiresAt", end)), end);
        at(issue(lent, Map.of("name", "n", "role", Roles.TENANT_ADMIN, "expiresAt", before)), before);
        isRefused(issue(lent, Map.of("name", "n", "role", Roles.AGENT, "expiresAt", behind)));
        isRefused(issue(lent, Map.of("name", "n", "role", Roles.AGENT, "expiresAt", "9999-01-01T00:00:00Z")));
    }

    @Test
    void itDoesNotLastLongerByRotation() {
        isRefused(rotate(lent, lentId, Map.of("expiresAt", "9999-01-01T00:00:00Z")));
        Response next = rotate(lent, lentId, Map.of());
        at(next, end);
        isRefused(rotate(next.path("secret"), next.path("id"), Map.of("expiresAt", behind)));
    }

    @Test
    void whatItRotatesEndsWithItToo() {
        String endless = issue(tenant, Roles.AGENT).extract().path("id");
        at(rotate(lent, endless, Map.of()), end);
        Response shorter = issue(first.operator(), Map.of("name", "n", "role", Roles.AGENT, "expiresAt", before));
        at(rotate(lent, shorter.path("id"), Map.of()), before);
    }

    @Test
    void inItsOverlapAKeyMakesNothingBeyondThat() {
        Response old = issue(first.operator(), Map.of("name", "n", "role", Roles.TENANT_ADMIN));
        with(first.operator()).body(Map.of("overlapSeconds", 600)).post("/api/v1/keys/" + old.path("id") + "/rotate")
                .then().statusCode(201).body("expiresAt", nullValue());
        Response made = issue(old.path("secret"), Map.of("name", "n", "role", Roles.AGENT));
        assertThat(Instant.parse(made.then().statusCode(201).extract().<String>path("expiresAt")))
                .isCloseTo(Instant.now().plusSeconds(600), within(1, ChronoUnit.MINUTES));
    }

    @Test
    void itHoldsForServicesAndNotForOperators() {
        String service = platform(Roles.SERVICE);
        at(issue(service, Map.of("name", "n", "role", Roles.AGENT)), end);
        String operator = platform(Roles.OPERATOR);
        issue(operator, Map.of("name", "n", "role", Roles.AGENT)).then().statusCode(201).body("expiresAt", nullValue());
        at(issue(operator, Map.of("name", "n", "role", Roles.AGENT, "expiresAt", behind)), behind);
    }

    private String platform(String role) {
        return operator().body(Map.of("name", "lent", "role", role, "expiresAt", end)).post("/api/v1/keys").then()
                .statusCode(201).extract().path("secret");
    }
}
