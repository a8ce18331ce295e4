package dev.pocketagent.registry.pocketbase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.registry.SqlSpy;
import dev.pocketagent.registry.event.Published;
import dev.pocketagent.registry.pocketbase.Report.Line;
import io.quarkus.test.junit.QuarkusTest;

/** Whole runs between a PocketBase, the real one where that can be had, and the registry's own database. */
@Tag("slow")
@QuarkusTest
class BridgeTest extends BridgeTestBase {

    @Test
    void recordsBecomeTenantsOnceAndASecondRunHasNothingToDo() {
        // Given
        String active = newSlug();
        String paused = newSlug();
        String first = record(active);
        record(paused, "state", "paused", "plan", "business");
        record(newSlug(), "plan", "platinum");
        // When
        Report report = run("page-size", "2");
        // Then
        assertThat(report.outcome()).isEqualTo(Report.COMPLETED);
        assertThat(report.counts().created()).isEqualTo(2);
        assertThat(report.counts().bad()).isEqualTo(1);
        tenant(active).body("state", equalTo("active"), "name", equalTo("Customer " + active));
        tenant(paused).body("state", equalTo("suspended"), "plan", equalTo("business"));
        assertThat(field(first, "tenant_id")).isEqualTo(tenant(active).extract().path("id"));
        List<JsonNode> before = admin.records(collection);
        Report again = run();
        assertThat(kinds(again)).containsExactly("bad");
        assertThat(again.counts().unchanged()).isEqualTo(2);
        assertThat(admin.records(collection)).isEqualTo(before);
    }

    @Test
    void recordsWithoutNewsCostNoTransactionOfTheirOwn() throws Exception {
        // Given
        List<Integer> statements = new ArrayList<>();
        for (int more : new int[]{2, 7}) {
            for (int i = 0; i < more; i++) {
                record(newSlug());
            }
            run();
            // When
            List<String> noted = new ArrayList<>();
            AtomicInteger changes = new AtomicInteger();
            Tally tally = new Tally(Ids.next(Clock.systemUTC()), "hand", false, Clock.systemUTC().instant());
            Settings settings = Settings.of(config());
            try (PocketBaseClient client = new PocketBaseClient(settings, json, Clock.systemUTC(), Thread::sleep)) {
                // Each transaction that may change something asks first whose turn it is.
                new Sync(settings, client, new Links(SqlSpy.noting(database, noted), json, Clock.systemUTC()), tenants,
                        rows, () -> changes.incrementAndGet() > 0).all(tally, false);
            }
            // Then
            assertThat(tally.report(Clock.systemUTC().instant()).counts().unchanged()).isEqualTo(more == 2 ? 2 : 9);
            assertThat(changes).hasValue(0);
            statements.add(noted.size());
        }
        assertThat(statements.get(1)).as("statements for nine records, as for two").isEqualTo(statements.get(0));
    }

    @Test
    void aDryRunSaysTheSameAndTouchesNothing() {
        String slug = newSlug();
        record(slug, "state", "paused");
        List<JsonNode> before = admin.records(collection);
        Report dry = bridge().runByHand(true).orElseThrow();
        assertThat(admin.records(collection)).isEqualTo(before);
        operator().get("/api/v1/tenants/" + slug).then().statusCode(404);
        Report done = run();
        assertThat(kinds(done)).isEqualTo(kinds(dry));
        assertThat(done.counts()).isEqualTo(dry.counts());
        assertThat(dry.lines()).noneMatch(Line::done);
        assertThat(done.lines()).allMatch(Line::done);
    }

    @Test
    void recordsThatAreGoneAreReportedAndTheirTenantsStay() {
        List<String> slugs = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            slugs.add(newSlug());
            record(slugs.getLast());
        }
        run();
        admin.clear(collection);
        Report report = run();
        assertThat(report.counts().missing()).isEqualTo(5);
        assertThat(report.warnings()).anyMatch(warning -> warning.contains("5 tenants are linked"));
        slugs.forEach(slug -> tenant(slug).body("state", equalTo("active")));
    }

    @Test
    void runsComeByThemselvesAndChangesHereAreWrittenSooner() {
        String slug = newSlug();
        String id = record(slug);
        turn.hurry();
        Bridge bridge = bridge("interval", "1h");
        bridge.start(new Schema.Ready());
        await().atMost(Duration.ofSeconds(30)).until(() -> !field(id, "tenant_id").isEmpty());
        await().atMost(Duration.ofSeconds(30)).until(() -> turn.state().holder() == null);
        assertThat(bridge.status().nextRun()).isAfter(Clock.systemUTC().instant().plusSeconds(3000));
        UUID tenantId = UUID.fromString(tenant(slug).extract().path("id"));
        operator().body(Map.of("reason", "unpaid")).post("/api/v1/tenants/" + slug + "/suspend").then().statusCode(200);
        long start = System.nanoTime();
        bridge.changed(new Published("tenant.suspended", tenantId, Map.of()));
        await().atMost(Duration.ofSeconds(30)).until(() -> field(id, "state").equals("paused"));
        System.out.printf("A change reached PocketBase in %d ms%n", (System.nanoTime() - start) / 1_000_000);
    }

    @Test
    void withoutAnAddressTheBridgeIsOffAndWithAWrongOneItSaysSo() {
        Bridge off = new Bridge(TestSettings.config(), links, tenants, turn, runs, metrics, rows, json,
                Clock.systemUTC());
        assertThat(off.isOn()).isFalse();
        assertThat(off.status()).isEqualTo(Status.OFF);
        Bridge wrong = new Bridge(TestSettings.config("url", "http://user:secret@pocketbase"), links, tenants, turn,
                runs, metrics, rows, json, Clock.systemUTC());
        Report report = wrong.runByHand(false).orElseThrow();
        assertThat(report.outcome()).isEqualTo(Report.FAILED);
        assertThat(report.error()).isNotNull().extracting(Report.Failure::code).isEqualTo("misconfigured");
        assertThat(wrong.status().toString()).contains("misconfigured").doesNotContain("secret");
    }
}
