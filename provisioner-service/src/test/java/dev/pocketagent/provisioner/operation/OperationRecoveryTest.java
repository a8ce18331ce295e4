package dev.pocketagent.provisioner.operation;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import jakarta.inject.Inject;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.provisioner.BundlesResource;
import dev.pocketagent.provisioner.Sql;
import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.Change;
import dev.pocketagent.provisioner.backend.Observed;
import dev.pocketagent.provisioner.plan.MemoryEngine;
import dev.pocketagent.testkit.PostgresResource;
import dev.pocketagent.testkit.RegistryDouble;
import dev.pocketagent.testkit.RegistryResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;

/** What becomes of operations whose workers die, whose backends fail, or whose owners change their mind. */
@QuarkusTest
@QuarkusTestResource(PostgresResource.class)
@QuarkusTestResource(RegistryResource.class)
@QuarkusTestResource(BundlesResource.class)
@Tag("slow")
class OperationRecoveryTest {

    RegistryDouble registry;

    @Inject
    GatedBackend backend;
    @Inject
    Sql sql;
    @Inject
    RowScope rows;
    @Inject
    Schema schema;

    String admin;

    @BeforeEach
    void keys() {
        await().atMost(Duration.ofSeconds(30)).until(schema::ready);
        admin = registry.issue(Roles.TENANT_ADMIN, registry.newTenant());
    }

    @AfterEach
    void openTheGate() {
        backend.gate = GatedBackend.OPEN;
    }

    @Test
    void aSilentWorkersOperationIsFinishedByAnotherWithoutDoubles() {
        // Given
        CountDownLatch arrived = new CountDownLatch(1);
        AtomicBoolean asleep = new AtomicBoolean(true);
        AtomicBoolean toldToStop = new AtomicBoolean();
        backend.gate = (change, progress) -> {
            if (change instanceof Change.StartContainer && arrived.getCount() > 0) {
                arrived.countDown();
                sleepWhile(asleep);
                try {
                    // What a backend does before each call: by now the heartbeat has noticed.
                    for (int i = 0; i < 200; i++) {
                        progress.proceed();
                        sleep(20);
                    }
                } catch (BackendException e) {
                    toldToStop.set(e.kind() == BackendException.Kind.STOPPED);
                    throw e;
                }
            }
        };
        ValidatableResponse accepted = apply("site", Map.of());
        UUID operation = UUID.fromString(accepted.extract().path("id"));
        UUID stack = UUID.fromString(accepted.extract().path("stackId"));
        await().atMost(Duration.ofSeconds(10)).until(() -> arrived.getCount() == 0);

        // When
        await().atMost(Duration.ofSeconds(10)).pollInterval(Duration.ofMillis(50)).until(() -> {
            rows.inAllTenants(() -> sql
                    .update("update operation set lease_until = clock_timestamp() - interval '1 second' where id = ?"
                            + " and fence = 1", operation));
            return fence(operation) > 1;
        });

        // Then
        Map<String, Object> done = finished(accepted);
        asleep.set(false);
        await().atMost(Duration.ofSeconds(10)).untilTrue(toldToStop);
        assertThat(done).containsEntry("state", "succeeded").containsEntry("attempt", 2);
        MemoryEngine engine = backend.engine(stack);
        assertThat(engine.containers).singleElement()
                .satisfies(c -> assertThat(c.state()).isEqualTo(Observed.State.RUNNING));
        // A network, a container, its start: each once, although two workers were at it.
        assertThat(engine.mutations).isEqualTo(3);
        assertThat(steps(accepted)).extracting(s -> s.get("state")).containsOnly("succeeded", "interrupted");
        with().get("/api/v1/operations/" + operation).then().body("state", equalTo("succeeded")).body("attempt",
                equalTo(2));
    }

    @Test
    void operationsOfOneStackRunOneAfterTheOther() {
        // Given
        AtomicBoolean closed = new AtomicBoolean(true);
        backend.gate = (change, progress) -> sleepWhile(closed);
        ValidatableResponse first = apply("site", Map.of());
        await().atMost(Duration.ofSeconds(10)).until(() -> state(first).equals("running"));

        // When
        ValidatableResponse second = apply("site", Map.of("memoryMib", 128));
        ValidatableResponse other = apply("other", Map.of());
        await().atMost(Duration.ofSeconds(10)).until(() -> state(other).equals("running"));

        // Then
        assertThat(state(second)).isEqualTo("queued");
        closed.set(false);
        assertThat(finished(first)).containsEntry("state", "succeeded");
        assertThat(finished(second)).containsEntry("state", "succeeded");
        assertThat(finished(other)).containsEntry("state", "succeeded");
    }

    @Test
    void aRunningOperationCanBeCancelledAndTheStackAppliedAgain() {
        // Given
        backend.gate = (change, progress) -> {
            for (int i = 0; i < 500; i++) {
                progress.proceed();
                sleep(20);
            }
        };
        ValidatableResponse accepted = apply("site", Map.of());
        await().atMost(Duration.ofSeconds(10)).until(() -> state(accepted).equals("running"));

        // When
        with().post("/api/v1/operations/" + accepted.extract().path("id") + "/cancel").then().statusCode(200);

        // Then
        assertThat(finished(accepted)).containsEntry("state", "cancelled");
        backend.gate = GatedBackend.OPEN;
        with().post("/api/v1/operations/" + accepted.extract().path("id") + "/cancel").then().statusCode(409);
        assertThat(finished(apply("site", Map.of()))).containsEntry("state", "succeeded");
    }

    @Test
    void aStackDeletedWhileItIsAppliedLeavesNothing() {
        // Given: an apply that read what is desired before the deletion
        CountDownLatch arrived = new CountDownLatch(1);
        AtomicBoolean closed = new AtomicBoolean(true);
        backend.gate = (change, progress) -> {
            arrived.countDown();
            sleepWhile(closed);
        };
        ValidatableResponse applied = apply("site", Map.of());
        String stack = applied.extract().path("stackId");
        await().atMost(Duration.ofSeconds(10)).until(() -> arrived.getCount() == 0);

        // When
        ValidatableResponse deleted = with().header("If-Match", "\"1\"").delete("/api/v1/stacks/" + stack).then()
                .statusCode(202);
        closed.set(false);

        // Then
        assertThat(finished(applied)).containsEntry("state", "succeeded");
        assertThat(finished(deleted)).containsEntry("state", "succeeded");
        assertThat(backend.engine(UUID.fromString(stack)).containers).isEmpty();
        with().get("/api/v1/stacks/" + stack).then().statusCode(404);
    }

    @Test
    void aBackendThatComesBackIsTriedAgain() {
        // Given
        AtomicInteger failures = new AtomicInteger(1);
        backend.gate = (change, progress) -> {
            if (change instanceof Change.StartContainer && failures.getAndDecrement() > 0) {
                throw new BackendException(BackendException.Kind.UNAVAILABLE, "the engine does not answer");
            }
        };

        // When
        ValidatableResponse accepted = apply("site", Map.of());

        // Then
        assertThat(finished(accepted)).containsEntry("state", "succeeded").containsEntry("attempt", 2)
                .containsEntry("mutatingCalls", 3);
        assertThat(steps(accepted))
                .anySatisfy(s -> assertThat(s).containsEntry("state", "failed").containsEntry("message",
                        "the engine does not answer"));
    }

    @Test
    void aServiceThatDoesNotBecomeHealthyFailsWithItsReason() {
        // Given
        backend.gate = (change, progress) -> {
            if (change instanceof Change.AwaitHealthy) {
                throw new BackendException(BackendException.Kind.UNHEALTHY, "web answered 503 for 20 s");
            }
        };

        // When
        ValidatableResponse accepted = apply("site", Map.of());

        // Then
        Map<String, Object> done = finished(accepted);
        assertThat(done).containsEntry("state", "failed").containsEntry("attempt", 1);
        assertThat(done.get("error")).isEqualTo(Map.of("code", "unhealthy", "detail", "web answered 503 for 20 s"));
        String stack = accepted.extract().path("stackId");
        with().get("/api/v1/stacks/" + stack).then().body("state", equalTo("failed")).body("health",
                equalTo("starting"));
        backend.gate = GatedBackend.OPEN;
        // All that was missing is to see it healthy: nothing is changed.
        assertThat(finished(apply("site", Map.of()))).containsEntry("state", "succeeded").containsEntry("mutatingCalls",
                0);
        with().get("/api/v1/stacks/" + stack).then().body("state", equalTo("running"))
                .body("health", equalTo("healthy"))
                .body("services[0].state", equalTo("running"));
        with().get("/api/v1/stacks/" + stack + "/logs?lines=5").then().statusCode(200).body("lines",
                equalTo(List.of("line of web")));
        with().get("/api/v1/stacks/" + stack + "/logs?service=nope").then().statusCode(400);
    }

    private long fence(UUID operation) {
        return rows.inAllTenants(() -> sql
                .first("select fence from operation where id = ?", row -> row.getLong(1), operation).orElseThrow());
    }

    private ValidatableResponse apply(String name, Map<String, Object> parameters) {
        return with().body(Map.of("name", name, "template", "web", "backend", "gated", "parameters", parameters))
                .post("/api/v1/stacks")
                .then().statusCode(202);
    }

    private String state(ValidatableResponse accepted) {
        return with().get("/api/v1/operations/" + accepted.extract().path("id")).then().extract().path("state");
    }

    private List<Map<String, Object>> steps(ValidatableResponse accepted) {
        return with().get("/api/v1/operations/" + accepted.extract().path("id")).then().extract().path("steps");
    }

    private Map<String, Object> finished(ValidatableResponse accepted) {
        return await()
                .atMost(Duration.ofSeconds(20)).until(
                        () -> with().get("/api/v1/operations/" + accepted.extract().path("id")).then()
                                .extract().<Map<String, Object>>path(""),
                        operation -> operation.get("endedAt") != null);
    }

    private RequestSpecification with() {
        return given().header("Authorization", "Bearer " + admin).contentType("application/json");
    }

    private static void sleepWhile(AtomicBoolean flag) {
        for (int i = 0; flag.get() && i < 1000; i++) {
            sleep(20);
        }
    }

    private static void sleep(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
