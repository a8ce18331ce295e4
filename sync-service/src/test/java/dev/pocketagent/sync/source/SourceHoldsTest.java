package dev.pocketagent.sync.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.sync.SyncTestBase;
import dev.pocketagent.testkit.RegistryDouble;
import dev.pocketagent.testkit.ReservationDouble;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;

/** What sources take of their tenant's quota at the registry, beside what other services take. */
@QuarkusTest
class SourceHoldsTest extends SyncTestBase {

    private static final Duration SOON = Duration.ofSeconds(20);

    @AfterEach
    void registryIsBack() {
        registry.away(false);
        // The circuit to the registry may be open for a second.
        String other = registry.issue(Roles.TENANT_ADMIN, registry.newTenant());
        await().atMost(SOON).until(
                () -> with(other).body(gitSource(newName())).post("/api/v1/sources").statusCode() == 201);
    }

    @Test
    void aSourceTakesItsPartUntilItIsDeleted() {
        // When
        Response made = with(admin).body(gitSource(newName())).post("/api/v1/sources");
        // Then
        made.then().statusCode(201);
        awaitUsed(Map.of("sources", 1));
        String source = "/api/v1/sources/" + made.path("id");
        with(admin).header("If-Match", with(admin).get(source).header("ETag")).delete(source).then().statusCode(204);
        awaitUsed(Map.of());
    }

    @Test
    void whatAnotherServiceTookIsNotThereAnyMore() {
        // Given
        limit(1);
        UUID others = reservations().reserve(tenant, "other/1", Map.of("sources", 1)).orElseThrow();
        Map<String, Object> body = gitSource(newName());
        // When, Then
        with(admin).body(body).post("/api/v1/sources").then().statusCode(409)
                .body("code", equalTo("quota_exceeded"), "errors.pointer", equalTo(List.of("/sources")))
                .body("detail", containsString("sources asks for 1, available are 0: limit 1, used 0, reserved 1"));
        with(admin).get("/api/v1/sources").then().body("items", empty());
        reservations().release(others);
        with(admin).body(body).post("/api/v1/sources").then().statusCode(201);
        awaitUsed(Map.of("sources", 1));
    }

    @Test
    void aSourceThatIsNotMadeTakesNothing() {
        // Given
        Map<String, Object> body = gitSource(newName());
        with(admin).body(body).post("/api/v1/sources").then().statusCode(201);
        awaitUsed(Map.of("sources", 1));
        // When
        with(admin).body(body).post("/api/v1/sources").then().statusCode(409).body("code", equalTo("conflict"));
        // Then
        await().atMost(SOON).until(() -> reservations().reserved(tenant).isEmpty());
        assertThat(reservations().used(tenant)).isEqualTo(Map.of("sources", 1));
    }

    @Test
    void whileTheRegistryIsAwayNothingIsMadeAndARepeatedRequestGetsItsAnswer() {
        // Given
        limit(1);
        Map<String, Object> body = gitSource(newName());
        String key = UUID.randomUUID().toString();
        String id = with(admin).header("Idempotency-Key", key).body(body).post("/api/v1/sources").then()
                .statusCode(201).extract().path("id");
        awaitUsed(Map.of("sources", 1));
        with(admin).header("Idempotency-Key", key).body(body).post("/api/v1/sources").then().statusCode(201)
                .header("Idempotency-Replayed", "true");
        // When
        registry.away(true);
        // Then
        with(admin).body(gitSource(newName())).post("/api/v1/sources").then().statusCode(503)
                .body("code", equalTo("dependency_unavailable")).header("Retry-After", notNullValue());
        with(admin).header("Idempotency-Key", key).body(body).post("/api/v1/sources").then().statusCode(201)
                .body("id", equalTo(id));
        with(admin).get("/api/v1/sources").then().body("items", hasSize(1));
    }

    @Test
    void forASuspendedTenantNothingIsMade() {
        // Given
        registry.suspend(tenant);
        Map<String, Object> body = gitSource(newName());
        body.put("tenantId", tenant.toString());
        // When, Then
        with(registry.issue(Roles.OPERATOR, null)).body(body).post("/api/v1/sources").then().statusCode(403)
                .body("code", equalTo("tenant_suspended"));
    }

    @Test
    void thirtyAtOnceOnALimitOfTwoAreExactlyTwo() throws Exception {
        // Given: the key brings a larger plan, as one does that was read before the tenant was moved
        limit(2);
        List<Callable<Integer>> requests = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            Map<String, Object> body = gitSource(newName());
            requests.add(() -> with(admin).body(body).post("/api/v1/sources").statusCode());
        }
        // When
        List<Integer> answers = all(requests);
        // Then
        assertThat(answers).filteredOn(status -> status == 201).hasSize(2);
        assertThat(answers).filteredOn(status -> status == 409).hasSize(28);
        awaitUsed(Map.of("sources", 2));
        assertThat(reservations().reserved(tenant)).isEmpty();
    }

    private ReservationDouble reservations() {
        return registry.reservations();
    }

    /** At the registry only: the key brings the roomy plan. */
    private void limit(int sources) {
        registry.plan(tenant, RegistryDouble.roomyPlan(), Map.of("sources", sources));
    }

    private void awaitUsed(Map<String, Integer> used) {
        await().atMost(SOON).untilAsserted(() -> assertThat(reservations().used(tenant)).isEqualTo(used));
    }
}
