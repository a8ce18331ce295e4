package dev.pocketagent.registry.pocketbase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.is;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.Ids;
import io.quarkus.test.junit.QuarkusTest;

/** Records that are not as they should be, and runs that die. */
@Tag("slow")
@QuarkusTest
class BridgeFaultTest extends BridgeTestBase {

    /** PostgreSQL takes U+0000 neither as a parameter nor, escaped, in JSON. */
    @Test
    void aRecordWithANulCharacterIsBadAndTheOthersGoOn() throws Exception {
        try (FakePocketBase fake = new FakePocketBase()) {
            String slug = newSlug();
            Admin there = new Admin(fake);
            there.makeCollection(collection);
            there.add(collection, Map.of("slug", "nul\0slug", "plan", "team", "state", "active"));
            there.add(collection, Map.of("slug", newSlug(), "plan", "nul\0plan", "tenant_id", "nul\0id"));
            there.add(collection, Map.of("slug", slug, "plan", "team", "state", "active"));
            Report report = bridge(fake).runByHand(false).orElseThrow();
            assertThat(report.outcome()).isEqualTo(Report.COMPLETED);
            assertThat(report.counts().created()).isEqualTo(1);
            assertThat(kinds(report)).contains("bad");
            assertThat(rows.inAllTenants(runs::last)).isEqualTo(report);
            tenant(slug).body("state", equalTo("active"));
        }
    }

    /** A run that dies anywhere leaves a state from which the next one goes on: tried at every place where it can. */
    @Test
    void aRunThatDiesAnywhereIsCompletedByTheNext() throws Exception {
        List<String> slugs = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            slugs.add(newSlug());
            ids.add(record(slugs.getLast(), "state", i == 0 ? "paused" : "active"));
        }
        Settings settings = Settings.of(config());
        for (int steps = 0; steps < 9; steps++) {
            AtomicInteger left = new AtomicInteger(steps);
            try (PocketBaseClient client = new PocketBaseClient(settings, json, Clock.systemUTC(), Thread::sleep)) {
                Sync dying = new Sync(settings, client, links, tenants, rows, () -> left.getAndDecrement() > 0);
                Tally tally = new Tally(Ids.next(Clock.systemUTC()), "hand", false, Clock.systemUTC().instant());
                assertThatThrownBy(() -> dying.all(tally, false)).isInstanceOfSatisfying(PocketBaseException.class,
                        e -> assertThat(e.trouble()).isEqualTo(Trouble.LEASE_LOST));
            }
            // Undone as far as possible, so that each place is reached from the start: a fresh collection costs more.
            if (steps == 8) {
                break;
            }
            for (String slug : slugs) {
                execute("delete from pocketbase_link where tenant_id in (select id from tenant where slug = '" + slug
                        + "')");
            }
            for (String id : ids) {
                admin.change(collection, id, Map.of("tenant_id", ""));
            }
        }
        Report report = run();
        assertThat(report.outcome()).isEqualTo(Report.COMPLETED);
        for (int i = 0; i < slugs.size(); i++) {
            tenant(slugs.get(i)).body("state", equalTo(i == 0 ? "suspended" : "active"));
            assertThat(field(ids.get(i), "tenant_id")).isEqualTo(tenant(slugs.get(i)).extract().path("id"));
            String id = tenant(slugs.get(i)).extract().path("id");
            operator().get("/api/v1/audit/verify?tenant=" + id).then().statusCode(200).body("intact", is(true));
        }
        assertThat(kinds(run())).isEmpty();
    }
}
