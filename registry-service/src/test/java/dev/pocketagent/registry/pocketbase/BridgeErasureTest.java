package dev.pocketagent.registry.pocketbase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.registry.pocketbase.Report.Line;
import io.quarkus.test.junit.QuarkusTest;

/** Tenants that are erased before, after and in the middle of a run. */
@Tag("slow")
@QuarkusTest
class BridgeErasureTest extends BridgeTestBase {

    private void erase(String slug, UUID tenantId) {
        String path = "/api/v1/tenants/" + tenantId;
        operator().header("If-Match", operator().get(path).header("ETag")).delete(path + "?reason=cancelled").then()
                .statusCode(200);
        operator().body(Map.of("reason", "cancelled", "confirm", slug)).post(path + "/purge").then().statusCode(200);
    }

    private int dataKeys(UUID tenantId) {
        return rows.inAllTenants(() -> sql.run(connection -> {
            try (var query = connection.prepareStatement("select count(*) from data_key where tenant_id = ?")) {
                query.setObject(1, tenantId);
                try (var row = query.executeQuery()) {
                    row.next();
                    return row.getInt(1);
                }
            }
        }));
    }

    @Test
    void anErasedTenantLeavesNoTraceHereAndIsNotMadeAgain() {
        String slug = newSlug();
        String id = record(slug);
        run();
        String path = "/api/v1/tenants/" + tenant(slug).extract().path("id");
        UUID tenantId = UUID.fromString(path.substring(path.lastIndexOf('/') + 1));
        operator().header("If-Match", operator().get(path).header("ETag")).delete(path + "?reason=cancelled").then()
                .statusCode(200).body("state", equalTo("deleting"));
        admin.change(collection, id, Map.of("plan", "business", "state", "paused"));
        Report deleting = run("conflict", "pocketbase-wins");
        assertThat(kinds(deleting)).as("it does not follow, nor can the record say 'deleting'").containsOnly("drift");
        operator().body(Map.of("reason", "cancelled", "confirm", slug)).post(path + "/purge").then().statusCode(200);
        assertThat(rows.inAllTenants(() -> links.of(List.of(tenantId)))).isEmpty();
        assertThat(rows.inAllTenants(runs::last)).isNotNull().extracting(Report::lines).asInstanceOf(
                org.assertj.core.api.InstanceOfAssertFactories.LIST).isEmpty();
        Report after = run();
        assertThat(after.counts().created()).isZero();
        assertThat(kinds(after)).contains("bad").doesNotContain("create");
        operator().get("/api/v1/tenants/" + slug).then().statusCode(404);
    }

    @Test
    void aTenantErasedWhileItsRecordIsWrittenGetsNothingBack() throws Exception {
        // Given
        String slug = newSlug();
        String record = record(slug);
        run();
        UUID tenantId = UUID.fromString(tenant(slug).extract().path("id"));
        assertThat(dataKeys(tenantId)).isEqualTo(1);
        operator().body(Map.of("reason", "unpaid")).post("/api/v1/tenants/" + slug + "/suspend").then().statusCode(200);
        AtomicInteger asked = new AtomicInteger();
        Settings settings = Settings.of(config());
        try (PocketBaseClient client = new PocketBaseClient(settings, json, Clock.systemUTC(), Thread::sleep)) {
            // The second question is asked in the transaction that remembers what was written.
            Sync sync = new Sync(settings, client, links, tenants, rows, () -> {
                if (asked.incrementAndGet() == 2) {
                    erase(slug, tenantId);
                }
                return true;
            });
            // When
            sync.all(new Tally(Ids.next(Clock.systemUTC()), "hand", false, Clock.systemUTC().instant()), false);
        }
        // Then
        assertThat(asked).hasValue(2);
        assertThat(field(record, "state")).isEqualTo("paused");
        assertThat(rows.inAllTenants(() -> links.of(List.of(tenantId)))).isEmpty();
        assertThat(dataKeys(tenantId)).isZero();
    }

    @Test
    void aReportIsKeptWithoutTenantsErasedDuringTheRun() {
        String slug = newSlug();
        String stays = newSlug();
        record(slug);
        record(stays);
        Links erasing = new Links(sql, json, Clock.systemUTC()) {
            @Override
            java.util.Set<UUID> erasedOf(java.util.Collection<UUID> ids) {
                BridgeErasureTest.this.erase(slug,
                        UUID.fromString(BridgeErasureTest.this.tenant(slug).extract().path("id")));
                return super.erasedOf(ids);
            }
        };
        Bridge bridge = new Bridge(config(), erasing, tenants, turn, runs, metrics, rows, json, Clock.systemUTC());
        started.add(bridge);
        Report report = bridge.runByHand(false).orElseThrow();
        assertThat(report.counts().created()).isEqualTo(2);
        assertThat(report.lines()).isNotEmpty().extracting(Line::slug).containsOnly(stays);
        assertThat(rows.inAllTenants(runs::last)).isEqualTo(report);
    }
}
