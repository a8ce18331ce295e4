package dev.pocketagent.registry.pocketbase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.registry.event.Published;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.junit.QuarkusTest;

/** Replicas that take turns, and what each knows of the others' runs. */
@Tag("slow")
@QuarkusTest
class BridgeTurnTest extends BridgeTestBase {

    private static double bad(SimpleMeterRegistry meters) {
        return meters.get("pocket.pocketbase.drift").tag("kind", "bad").gauge().value();
    }

    @Test
    void manyReplicasTakeTurns() throws Exception {
        List<String> slugs = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            slugs.add(newSlug());
            record(slugs.getLast());
        }
        List<Bridge> replicas = List.of(bridge(), bridge(), bridge(), bridge());
        List<Report> reports = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<java.util.Optional<Report>>> calls = new ArrayList<>();
            for (Bridge replica : replicas) {
                calls.add(() -> replica.runByHand(false));
            }
            for (Future<java.util.Optional<Report>> call : threads.invokeAll(calls)) {
                call.get().ifPresent(reports::add);
            }
        }
        assertThat(reports).isNotEmpty().allMatch(report -> report.outcome().equals(Report.COMPLETED));
        assertThat(reports.stream().mapToInt(report -> report.counts().created()).sum()).isEqualTo(6);
        assertThat(reports.stream().mapToInt(report -> report.counts().written()).sum()).isEqualTo(6);
    }

    @Test
    void aTurnIsTakenOverWhenItsHolderFallsSilent() {
        UUID silent = UUID.randomUUID();
        UUID next = UUID.randomUUID();
        Turn later = new Turn(rows, sql, Clock.offset(Clock.systemUTC(), Turn.HELD.plusSeconds(1)));
        assertThat(turn.take(silent, false)).isTrue();
        try {
            assertThat(turn.take(next, false)).isFalse();
            assertThat(turn.state().holder()).isEqualTo(silent);
            assertThat(rows.inAllTenants(() -> turn.holds(silent))).isTrue();
            assertThat(later.take(next, false)).isTrue();
            assertThat(rows.inAllTenants(() -> turn.holds(silent))).isFalse();
            assertThat(turn.keep(silent)).isFalse();
            assertThat(bridge().runByHand(true)).isEmpty();
        } finally {
            turn.giveBack(silent, null, false);
            turn.giveBack(next, null, false);
        }
        assertThat(turn.state().holder()).isNull();
    }

    @Test
    void aDryRunByHandNeitherPutsOffNorReplacesWhatIsDue() {
        // Given
        String slug = newSlug();
        String id = record(slug);
        run();
        UUID tenantId = UUID.fromString(tenant(slug).extract().path("id"));
        operator().body(Map.of("reason", "unpaid")).post("/api/v1/tenants/" + slug + "/suspend").then().statusCode(200);
        record(newSlug(), "plan", "platinum");
        nextRunIn("30 minutes");
        Turn.State before = turn.state();
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        BridgeMetrics own = new BridgeMetrics(meters, Clock.systemUTC());
        Bridge bridge = new Bridge(config("interval", "1h"), links, tenants, turn, runs, own, rows, json,
                Clock.systemUTC());
        started.add(bridge);
        bridge.changed(new Published("tenant.suspended", tenantId, Map.of()));
        // When
        Report dry = bridge.runByHand(true).orElseThrow();
        // Then
        assertThat(dry.counts().bad()).isEqualTo(1);
        assertThat(turn.state()).isEqualTo(before);
        assertThat(own.lastSuccess()).isNull();
        assertThat(bad(meters)).isZero();
        assertThat(rows.inAllTenants(() -> runs.lastThatCountsUnless(null))).isNotEqualTo(dry);
        assertThat(field(id, "state")).isEqualTo("active");
        bridge.start(new Schema.Ready());
        await().atMost(Duration.ofSeconds(20)).until(() -> field(id, "state").equals("paused"));
    }

    @Test
    void theGaugesOfAReplicaFollowTheRunsOfTheOthers() {
        nextRunIn("30 minutes");
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        Bridge waiting = new Bridge(config("interval", "1h"), links, tenants, turn, runs,
                new BridgeMetrics(meters, Clock.systemUTC()), rows, json, Clock.systemUTC());
        started.add(waiting);
        waiting.start(new Schema.Ready());
        for (int i = 1; i <= 2; i++) {
            for (int j = 0; j < 7; j++) {
                record(newSlug(), "plan", "platinum");
            }
            int expected = 7 * i;
            assertThat(run().counts().bad()).isEqualTo(expected);
            await().atMost(Duration.ofSeconds(20)).until(() -> bad(meters) == expected);
        }
    }

    @Test
    void theLastFiftyReportsAreKept() {
        for (int i = 0; i < 55; i++) {
            Report report = new Tally(Ids.next(Clock.systemUTC()), "hand", true, Clock.systemUTC().instant())
                    .report(Clock.systemUTC().instant());
            rows.inAllTenants(() -> {
                runs.add(report);
                return true;
            });
            assertThat(rows.inAllTenants(runs::last)).isEqualTo(report);
        }
        int kept = rows.inAllTenants(() -> sql.run(connection -> {
            try (var statement = connection.createStatement();
                    var row = statement.executeQuery("select count(*) from pocketbase_run")) {
                row.next();
                return row.getInt(1);
            }
        }));
        assertThat(kept).isEqualTo(50);
    }
}
