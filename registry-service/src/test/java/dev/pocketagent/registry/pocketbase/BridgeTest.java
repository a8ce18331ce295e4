package dev.pocketagent.registry.pocketbase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.is;

import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import jakarta.inject.Inject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.registry.RegistryTestBase;
import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.SqlSpy;
import dev.pocketagent.registry.event.Published;
import dev.pocketagent.registry.pocketbase.Report.Line;
import io.agroal.api.AgroalDataSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.test.junit.QuarkusTest;

/** Whole runs between a PocketBase, the real one where that can be had, and the registry's own database. */
@Tag("slow")
@QuarkusTest
class BridgeTest extends RegistryTestBase {

    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static TestServer server;
    private static Admin admin;

    @Inject
    Links links;
    @Inject
    TenantSide tenants;
    @Inject
    Turn turn;
    @Inject
    Runs runs;
    @Inject
    BridgeMetrics metrics;
    @Inject
    RowScope rows;
    @Inject
    Sql sql;
    @Inject
    AgroalDataSource database;
    @Inject
    ObjectMapper json;

    private final List<Bridge> started = new ArrayList<>();
    private String collection;

    @BeforeAll
    static void startServer() throws Exception {
        server = TestServer.best();
        admin = new Admin(server);
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void newCollection() {
        collection = "tenants" + NUMBER.incrementAndGet();
        admin.makeCollection(collection);
        execute("delete from pocketbase_link");
    }

    @AfterEach
    void stopBridges() {
        started.forEach(bridge -> bridge.stop(new ShutdownEvent()));
    }

    private void execute(String text) {
        rows.inAllTenants(() -> sql.run(connection -> {
            try (var statement = connection.createStatement()) {
                return statement.execute(text);
            }
        }));
    }

    private PocketBaseConfig config(String... more) {
        String[] all = new String[more.length + 2];
        all[0] = "collection";
        all[1] = collection;
        System.arraycopy(more, 0, all, 2, more.length);
        return TestSettings.with(server, all);
    }

    private Bridge bridge(String... more) {
        Bridge bridge = new Bridge(config(more), links, tenants, turn, runs, metrics, rows, json, Clock.systemUTC());
        started.add(bridge);
        return bridge;
    }

    private Bridge bridge(FakePocketBase fake) {
        Bridge bridge = new Bridge(TestSettings.with(fake, "collection", collection), links, tenants, turn, runs,
                metrics, rows, json, Clock.systemUTC());
        started.add(bridge);
        return bridge;
    }

    private Report run(String... more) {
        return bridge(more).runByHand(false).orElseThrow();
    }

    private String record(String slug, String... fieldsAndTexts) {
        Map<String, String> fields = new java.util.HashMap<>(
                Map.of("slug", slug, "name", "Customer " + slug, "plan", "team", "state", "active"));
        for (int i = 0; i < fieldsAndTexts.length; i += 2) {
            fields.put(fieldsAndTexts[i], fieldsAndTexts[i + 1]);
        }
        return admin.add(collection, fields);
    }

    private String field(String id, String name) {
        return admin.record(collection, id).path(name).asText();
    }

    private io.restassured.response.ValidatableResponse tenant(String slug) {
        return operator().get("/api/v1/tenants/" + slug).then().statusCode(200);
    }

    private static List<String> kinds(Report report) {
        return report.lines().stream().map(Line::kind).toList();
    }

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
    void whatBecameEqualWithoutTheBridgeIsRememberedAsSuch() {
        // Given
        String slug = newSlug();
        String id = record(slug);
        run();
        admin.change(collection, id, Map.of("name", "Both"));
        String etag = operator().get("/api/v1/tenants/" + slug).header("ETag");
        operator().header("If-Match", etag).body(Map.of("name", "Both")).patch("/api/v1/tenants/" + slug).then()
                .statusCode(200);
        assertThat(kinds(run())).isEmpty();
        admin.change(collection, id, Map.of("name", "One"));
        // When
        Report report = run();
        // Then: no conflict, since both agreed on the name before
        assertThat(kinds(report)).containsExactly("rename");
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
    void changesGoBothWaysAndConflictsByPolicy() {
        String slug = newSlug();
        String id = record(slug);
        run();
        operator().body(Map.of("reason", "unpaid")).post("/api/v1/tenants/" + slug + "/suspend").then().statusCode(200);
        admin.change(collection, id, Map.of("plan", "business", "name", "New name"));
        Report both = run();
        assertThat(kinds(both)).containsExactlyInAnyOrder("rename", "move_plan", "write");
        tenant(slug).body("plan", equalTo("business"), "name", equalTo("New name"), "state", equalTo("suspended"));
        assertThat(field(id, "state")).isEqualTo("paused");

        admin.change(collection, id, Map.of("state", "active"));
        assertThat(kinds(run())).containsExactly("resume");
        tenant(slug).body("state", equalTo("active"));

        admin.change(collection, id, Map.of("name", "There"));
        String etag = operator().get("/api/v1/tenants/" + slug).header("ETag");
        operator().header("If-Match", etag).body(Map.of("name", "Here")).patch("/api/v1/tenants/" + slug).then()
                .statusCode(200);
        Report conflict = run();
        assertThat(kinds(conflict)).contains("conflict");
        assertThat(field(id, "last_error")).contains("both changed");
        tenant(slug).body("name", equalTo("Here"));
        run("conflict", "registry-wins", "write-back", "state,name");
        assertThat(field(id, "name")).isEqualTo("Here");
        assertThat(field(id, "last_error")).isEmpty();
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
    void aValueThatPocketBaseRefusesIsReportedByFieldAndTheRestGoesOn() {
        String refused = newSlug();
        String fine = newSlug();
        record(refused);
        String fineId = record(fine);
        run();
        for (String slug : List.of(refused, fine)) {
            service().body(Map.of("value", slug.equals(refused) ? "x".repeat(41) : "u-" + slug))
                    .put("/api/v1/tenants/" + slug + "/external-ids/coolify_project_uuid").then().statusCode(200);
        }
        Report report = run();
        assertThat(report.outcome()).isEqualTo(Report.PARTIAL);
        assertThat(report.lines().stream().filter(line -> line.kind().equals("failed"))).singleElement()
                .satisfies(line -> {
                    assertThat(line.field()).isEqualTo("coolify_project_uuid");
                    assertThat(line.slug()).isEqualTo(refused);
                });
        assertThat(field(fineId, "coolify_project_uuid")).isEqualTo("u-" + fine);
        service().delete("/api/v1/tenants/" + fine + "/external-ids/coolify_project_uuid").then().statusCode(200);
        run();
        assertThat(field(fineId, "coolify_project_uuid")).as("we wrote it, so we empty it").isEmpty();
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

    @Test
    void anExternalIdIsKeptWithoutBlanksAtItsEndsAndWrittenOnce() {
        String slug = newSlug();
        String id = record(slug);
        run();
        service().body(Map.of("value", " abc ")).put("/api/v1/tenants/" + slug + "/external-ids/coolify_project_uuid")
                .then().statusCode(200);
        tenant(slug).body("externalIds.coolify_project_uuid", equalTo("abc"));
        assertThat(run().counts().written()).isEqualTo(1);
        assertThat(field(id, "coolify_project_uuid")).isEqualTo("abc");
        assertThat(kinds(run())).isEmpty();
    }

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
                BridgeTest.this.erase(slug, UUID.fromString(BridgeTest.this.tenant(slug).extract().path("id")));
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

    private void nextRunIn(String time) {
        execute("update pocketbase_turn set next_run = now() + interval '" + time + "', last_success_at = null");
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

    private static double bad(SimpleMeterRegistry meters) {
        return meters.get("pocket.pocketbase.drift").tag("kind", "bad").gauge().value();
    }

    @Test
    void quickWriteBacksRestAsLongAsPocketBaseAsks() throws Exception {
        // Given
        try (FakePocketBase fake = new FakePocketBase()) {
            String slug = newSlug();
            Admin there = new Admin(fake);
            there.makeCollection(collection);
            String id = there.add(collection, Map.of("slug", slug, "plan", "team", "state", "active"));
            bridge(fake).runByHand(false);
            UUID tenantId = UUID.fromString(tenant(slug).extract().path("id"));
            operator().body(Map.of("reason", "unpaid")).post("/api/v1/tenants/" + slug + "/suspend").then()
                    .statusCode(200);
            nextRunIn("10 minutes");
            AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);
            InstantSource moving = () -> Clock.systemUTC().instant().plus(ahead.get());
            Bridge bridge = new Bridge(
                    TestSettings.with(fake, "collection", collection, "interval", "1h"), links, tenants, turn, runs,
                    metrics, rows, json, moving.withZone(ZoneOffset.UTC));
            started.add(bridge);
            fake.fail(FakePocketBase.Fault.LIMITED_FOR_AN_HOUR, "/api/collections", 1);
            bridge.changed(new Published("tenant.suspended", tenantId, Map.of()));
            // When
            bridge.start(new Schema.Ready());
            // Then
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> turn.state().nextRun().isAfter(Clock.systemUTC().instant().plusSeconds(3_500)));
            fake.forgetCalls();
            bridge.changed(new Published("tenant.changed", UUID.randomUUID(), Map.of()));
            await().during(Duration.ofSeconds(2)).atMost(Duration.ofSeconds(10)).until(() -> fake.calls().isEmpty());
            ahead.set(Duration.ofSeconds(3_601));
            bridge.changed(new Published("tenant.changed", UUID.randomUUID(), Map.of()));
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> there.record(collection, id).path("state").asText().equals("paused"));
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
