package dev.pocketagent.provisioner.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.notNullValue;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

import jakarta.inject.Inject;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.PlanLimits;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.quota.Settler;
import dev.pocketagent.provisioner.Sql;
import dev.pocketagent.provisioner.backend.Change;
import dev.pocketagent.provisioner.operation.GatedBackend;
import dev.pocketagent.testkit.RegistryDouble;
import dev.pocketagent.testkit.ReservationDouble;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;

/** What stacks take of their tenant's quota at the registry, beside what other services take. */
@QuarkusTest
class StackHoldsTest extends StackApiTestBase {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Map<String, Integer> SMALL = Map.of("stacks", 1, "cpuMillis", 250, "memoryMib", 64);

    @Inject
    Sql sql;
    @Inject
    RowScope rows;
    @Inject
    Settler settler;
    @Inject
    GatedBackend gated;

    @AfterEach
    void back() {
        registry.away(false);
        gated.gate = GatedBackend.OPEN;
        // The circuit to the registry may be open for a second.
        String other = registry.issue(Roles.TENANT_ADMIN, registry.newTenant());
        await().atMost(SOON).until(() -> apply(other, "probe", Map.of()).extract().statusCode() == 202);
    }

    @Test
    void aStackTakesItsPartUntilItIsGone() {
        // When
        ValidatableResponse made = apply(admin, "site", Map.of());
        // Then
        awaitUsed(SMALL);
        finished(admin, made);
        apply(admin, "site", Map.of("memoryMib", 128)).statusCode(202);
        awaitUsed(Map.of("stacks", 1, "cpuMillis", 250, "memoryMib", 128));
        apply(admin, "site", Map.of("memoryMib", 64)).statusCode(202);
        awaitUsed(SMALL);
        delete(made);
        awaitUsed(Map.of());
        assertThat(held(made)).isZero();
    }

    @Test
    void whileItsContainersAreBeingRemovedItHoldsItsPart() {
        // Given
        AtomicBoolean closed = new AtomicBoolean(true);
        ValidatableResponse made = with(admin)
                .body(Map.of("name", "site", "template", "web", "backend", "gated", "parameters", Map.of()))
                .post(STACKS).then().statusCode(202);
        finished(admin, made);
        AtomicBoolean arrived = new AtomicBoolean();
        gated.gate = (change, progress) -> {
            arrived.set(true);
            while (change instanceof Change.RemoveContainer && closed.get()) {
                progress.proceed();
                Thread.onSpinWait();
            }
        };
        // When
        String path = STACKS + "/" + made.extract().path("stackId");
        with(admin).header("If-Match", "*").delete(path).then().statusCode(202);
        await().atMost(SOON).untilTrue(arrived);
        // Then
        assertThat(reservations().used(tenant)).isEqualTo(SMALL);
        closed.set(false);
        awaitUsed(Map.of());
    }

    @Test
    void whatAnotherServiceTookIsNotThereAnyMore() {
        // Given
        UUID others = reservations().reserve(tenant, "other/1", Map.of("stacks", 10)).orElseThrow();
        // When
        ValidatableResponse answer = apply(admin, "site", Map.of());
        // Then
        answer.statusCode(409).body("code", equalTo("quota_exceeded"), "errors.pointer", equalTo(List.of("/stacks")))
                .body("detail", containsString("stacks asks for 1, available are 0: limit 10, used 0, reserved 10"));
        with(admin).get(STACKS).then().body("items", equalTo(List.of()));
        reservations().release(others);
        apply(admin, "site", Map.of()).statusCode(202);
    }

    @Test
    void whoHoldsMoreThanThePlanAllowsMayStillChangeWithoutGrowing() {
        // Given
        String large = registry.issue(Roles.TENANT_ADMIN, tenant, plan(2, 10));
        apply(large, "one", Map.of("memoryMib", 128)).statusCode(202);
        apply(large, "two", Map.of()).statusCode(202);
        awaitUsed(Map.of("stacks", 2, "cpuMillis", 500, "memoryMib", 192));
        // When
        String small = registry.issue(Roles.TENANT_ADMIN, tenant, plan(1, 10));
        // Then
        apply(small, "one", Map.of("memoryMib", 128, "message", "hello")).statusCode(202);
        apply(small, "one", Map.of("memoryMib", 64)).statusCode(202);
        awaitUsed(Map.of("stacks", 2, "cpuMillis", 500, "memoryMib", 128));
        apply(small, "one", Map.of("memoryMib", 65)).statusCode(409).body("code", equalTo("over_quota"));
        apply(small, "three", Map.of()).statusCode(409);
    }

    @Test
    void aChangeThatIsNotStoredTakesNothing() {
        // Given
        finished(admin, apply(admin, "site", Map.of()));
        awaitUsed(SMALL);
        // When: a stack cannot move to another backend
        with(admin).body(Map.of("name", "site", "template", "web", "backend", "gated", "parameters",
                Map.of("memoryMib", 256))).post(STACKS).then().statusCode(409).body("code", equalTo("conflict"));
        // Then
        await().atMost(SOON).until(() -> reservations().reserved(tenant).isEmpty());
        assertThat(reservations().used(tenant)).isEqualTo(SMALL);
        apply(admin, "site", Map.of("memoryMib", 256)).statusCode(202);
        awaitUsed(Map.of("stacks", 1, "cpuMillis", 250, "memoryMib", 256));
    }

    @Test
    void whileTheRegistryIsAwayNothingGrowsAndTheRestGoesOn() {
        // Given
        ValidatableResponse made = apply(admin, "site", Map.of());
        finished(admin, made);
        awaitUsed(SMALL);
        registry.away(true);
        // When, Then
        apply(admin, "other", Map.of()).statusCode(503).body("code", equalTo("dependency_unavailable"))
                .header("Retry-After", notNullValue());
        apply(admin, "site", Map.of("memoryMib", 128)).statusCode(503);
        apply(admin, "site", Map.of("message", "hello")).statusCode(202);
        delete(made);
        registry.away(false);
        awaitUsed(Map.of());
    }

    @Test
    void aRepeatedRequestGetsItsAnswerThoughNothingIsLeft() {
        // Given
        String small = registry.issue(Roles.TENANT_ADMIN, tenant, plan(1, 10));
        Map<String, Object> body = Map.of("name", "site", "template", "web", "parameters", Map.of());
        String key = UUID.randomUUID().toString();
        String first = with(small).header("Idempotency-Key", key).body(body).post(STACKS).then().statusCode(202)
                .extract().path("id");
        awaitUsed(SMALL);
        // When, Then
        with(small).header("Idempotency-Key", key).body(body).post(STACKS).then().statusCode(202)
                .header("Idempotency-Replayed", "true").body("id", equalTo(first));
        registry.away(true);
        with(small).header("Idempotency-Key", key).body(body).post(STACKS).then().statusCode(202)
                .header("Idempotency-Replayed", "true");
    }

    @Test
    void volumesCountToo() {
        // Given
        Map<String, Object> agent = new HashMap<>(Map.of("template", "openclaw-agent", "parameters",
                Map.of("routerUrl", "http://router:8083/v1", "routerKey", "pocket_ag_0123456789")));
        String small = registry.issue(Roles.TENANT_ADMIN, tenant, plan(2, 5));
        // When
        agent.put("name", "one");
        with(small).body(agent).post(STACKS).then().statusCode(202);
        agent.put("name", "two");
        ValidatableResponse second = with(small).body(agent).post(STACKS).then();
        // Then
        awaitUsed(Map.of("stacks", 1, "cpuMillis", 1000, "memoryMib", 2048, "volumes", 3));
        second.statusCode(409).body("code", equalTo("quota_exceeded"), "errors.pointer", equalTo(List.of("/volumes")))
                .body("detail", containsString("volumes limit 5, other stacks use 3, this one needs 3"));
    }

    @Test
    @Tag("slow")
    void stacksOfAVersionThatKnewNoHoldsAreFound() {
        // Given
        ValidatableResponse made = apply(admin, "site", Map.of());
        finished(admin, made);
        awaitUsed(SMALL);
        rows.inAllTenants(() -> sql.update("delete from quota_hold where tenant_id = ?", tenant));
        reservations().forget(tenant);
        // When
        settler.adopt();
        // Then
        awaitUsed(SMALL);
        delete(made);
        awaitUsed(Map.of());
    }

    private ReservationDouble reservations() {
        return registry.reservations();
    }

    private void delete(ValidatableResponse made) {
        finished(admin, with(admin).header("If-Match", "*").delete(STACKS + "/" + made.extract().path("stackId"))
                .then().statusCode(202));
    }

    private void awaitUsed(Map<String, Integer> used) {
        await().atMost(SOON).untilAsserted(() -> assertThat(reservations().used(tenant)).isEqualTo(used));
    }

    private int held(ValidatableResponse made) {
        String holder = "stack/" + made.extract().path("stackId");
        await().atMost(SOON).until(() -> rows.inAllTenants(
                () -> sql.first("select 1 from quota_hold where holder = ?", row -> 1, holder)).isEmpty());
        return reservations().ids(holder, "open").size() + reservations().ids(holder, "confirmed").size();
    }

    private static PlanLimits plan(int stacks, int volumes) {
        PlanLimits roomy = RegistryDouble.roomyPlan();
        return new PlanLimits("plan-" + stacks + "-" + volumes, 1, stacks, roomy.cpuMillis(), roomy.memoryMib(),
                roomy.diskMib(), volumes, roomy.keys(), roomy.sources(), 60, 1000, 0, List.of("*"), List.of("*"), false,
                0);
    }
}
