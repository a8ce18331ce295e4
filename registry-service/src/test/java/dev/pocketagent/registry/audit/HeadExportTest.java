package dev.pocketagent.registry.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;

import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.registry.RegistryTestBase;
import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.SuperUser;
import io.quarkus.test.junit.QuarkusTest;

/** Ends of chains noted outside of the database, by several replicas, and what they show of a database that was changed. */
@QuarkusTest
@Tag("slow")
class HeadExportTest extends RegistryTestBase {

    @Inject
    HeadExport export;
    @Inject
    AuditConfig config;
    @Inject
    RowScope rows;
    @Inject
    Sql sql;
    @Inject
    AuditLog audit;
    @Inject
    Event<HeadsExported> exported;
    @Inject
    Clock clock;
    @ConfigProperty(name = "pocket.db.url")
    String url;

    private HeadFiles files;

    @BeforeEach
    void inTheConfiguredDirectory() {
        files = new HeadFiles(config.headsDir().orElseThrow());
    }

    private Map<UUID, Head> read(String file) throws Exception {
        Map<UUID, Head> heads = new HashMap<>();
        files.read(file, noted -> assertThat(heads.put(noted.tenantId(), noted.head())).isNull());
        return heads;
    }

    private HeadExport replica(Path directory) {
        return new HeadExport(Optional.of(directory), rows, sql, audit, exported, clock);
    }

    private static final String CUT = "delete from audit_row where tenant_id = '%s' and seq > %d";
    private static final String FORGED_END = "update audit_head set seq = %2$d, hash = (select hash from audit_row"
            + " where tenant_id = '%1$s' and seq = %2$d) where tenant_id = '%1$s'";

    private Made withRows(int suspensions) {
        Made tenant = newTenant("team");
        for (int i = 0; i < suspensions; i++) {
            operator().body(Map.of("reason", "r")).post("/api/v1/tenants/" + tenant.id() + "/suspend").then()
                    .statusCode(200);
            operator().body(Map.of("reason", "r")).post("/api/v1/tenants/" + tenant.id() + "/resume").then()
                    .statusCode(200);
        }
        return tenant;
    }

    @Test
    void onlyWhatChangedIsNotedAndNothingWhenNothingDid() throws Exception {
        // Given
        Made quiet = withRows(1);
        Made busy = withRows(1);
        int end = operator().get("/api/v1/events?after=latest").path("next");
        HeadFiles.Written first = export.run().orElseThrow();
        assertThat(read(first.file())).containsKeys(quiet.id(), busy.id());
        assertThat(read(first.file()).get(busy.id()).seq()).isEqualTo(3);
        // When
        operator().body(Map.of("reason", "r")).post("/api/v1/tenants/" + busy.id() + "/suspend").then().statusCode(200);
        HeadFiles.Written second = export.run().orElseThrow();
        Optional<HeadFiles.Written> third = export.run();
        // Then
        assertThat(read(second.file())).containsKey(busy.id()).doesNotContainKey(quiet.id());
        assertThat(read(second.file()).get(busy.id()).seq()).isEqualTo(4);
        assertThat(third).isEmpty();
        assertThat(files.newestFirst().subList(0, 2)).containsExactly(second.file(), first.file());
        operator().get("/api/v1/events?wait=5s&limit=200&after=" + end).then().body(
                "items.findAll { it.type == 'audit.heads-exported' }.data.file",
                equalTo(List.of(first.file(), second.file())),
                "items.find { it.type == 'audit.heads-exported' }.data.sha256", equalTo(first.sha256()),
                "items.find { it.type == 'audit.heads-exported' }.data.heads", equalTo((int) first.count()));
        operator().get("/api/v1/audit?action=audit.heads-exported&limit=1").then().body("items[0].detail.sha256",
                equalTo(second.sha256()));
    }

    @SuppressWarnings("unchecked")
    private static Event<HeadsExported> failing() {
        return (Event<HeadsExported>) Proxy.newProxyInstance(Event.class.getClassLoader(), new Class<?>[]{Event.class},
                (proxy, method, args) -> {
                    throw new IllegalStateException("nobody can be told");
                });
    }

    private long notedUpTo(UUID tenant) {
        return rows.inAllTenants(() -> sql.run(connection -> {
            try (var query = connection.prepareStatement("select exported_seq from audit_head where tenant_id = ?")) {
                query.setObject(1, tenant);
                try (var row = query.executeQuery()) {
                    row.next();
                    return row.getLong(1);
                }
            }
        }));
    }

    @Test
    void withoutADirectoryEndsCountAsNotedOnceTheirDigestIsTold() {
        // Given
        Made tenant = withRows(1);
        HeadExport untold = new HeadExport(Optional.empty(), rows, sql, audit, failing(), clock);
        // When
        assertThatThrownBy(untold::run).hasMessageContaining("nobody can be told");
        long afterFailure = notedUpTo(tenant.id());
        HeadFiles.Written told = new HeadExport(Optional.empty(), rows, sql, audit, exported, clock).run()
                .orElseThrow();
        // Then
        assertThat(afterFailure).isZero();
        assertThat(notedUpTo(tenant.id())).isEqualTo(3);
        operator().get("/api/v1/audit?action=audit.heads-exported&limit=1").then().body("items[0].detail.sha256",
                equalTo(told.sha256()));
    }

    @Test
    void anEmptyDirectoryGetsAllEndsAgain() throws Exception {
        // Given
        Made tenant = newTenant("team");
        export.run();
        Path lost = Files.createTempDirectory("heads");
        // When
        HeadFiles.Written written = replica(lost).run().orElseThrow();
        // Then
        Map<UUID, Head> heads = new HashMap<>();
        new HeadFiles(lost).read(written.file(), noted -> heads.put(noted.tenantId(), noted.head()));
        assertThat(heads).containsKeys(tenant.id(), AuditLog.PLATFORM);
    }

    @Test
    void ofManyReplicasOneAtATimeDoesIt() throws Exception {
        // Given
        Path directory = config.headsDir().orElseThrow();
        for (int round = 0; round < 5; round++) {
            Made tenant = newTenant("team");
            CyclicBarrier together = new CyclicBarrier(4);
            List<HeadFiles.Written> written = new ArrayList<>();
            // When
            try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
                List<Future<Optional<HeadFiles.Written>>> running = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    running.add(pool.submit(() -> {
                        together.await();
                        return replica(directory).run();
                    }));
                }
                for (Future<Optional<HeadFiles.Written>> one : running) {
                    one.get().ifPresent(written::add);
                }
            }
            // Then
            assertThat(written).hasSize(1);
            assertThat(read(written.getFirst().file())).containsKey(tenant.id());
        }
    }

    @Test
    void aCrashBetweenTheFileAndTheDatabaseNotesTheSameEndsOnceMore() throws Exception {
        // Given
        Made tenant = newTenant("team");
        SuperUser.run(url, "create function crash() returns trigger language plpgsql as"
                + " $$ begin raise exception 'crash'; end $$",
                "create trigger crash before insert on audit_head_export for each row execute function crash()",
                "alter table audit_head_export enable always trigger crash");
        // When
        try {
            assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> export.run())).hasStackTraceContaining(
                    "crash");
        } finally {
            SuperUser.run(url, "drop function crash() cascade");
        }
        String orphan = files.newestFirst().getFirst();
        HeadFiles.Written again = export.run().orElseThrow();
        // Then
        assertThat(read(orphan)).containsKey(tenant.id());
        assertThat(again.file()).isNotEqualTo(orphan);
        assertThat(read(again.file())).containsKey(tenant.id());
        operator().get("/api/v1/audit/verify?tenant=" + tenant.id()).then().body("intact", is(true));
    }

    @Test
    void aCutTailIsFoundAlthoughTheEndInTheDatabaseWasCutWithIt() throws Exception {
        // Given
        Made cut = withRows(3);
        Made whole = withRows(1);
        export.run().orElseThrow();
        // When
        SuperUser.run(url, CUT.formatted(cut.id(), 4), FORGED_END.formatted(cut.id(), 4));
        // Then
        operator().get("/api/v1/audit/verify?tenant=" + cut.id()).then().statusCode(200).body("intact", is(false),
                "tenants[0].rows", equalTo(4), "tenants[0].firstBreak.seq", equalTo(5),
                "tenants[0].firstBreak.reason", equalTo("head_missing"), "noted.heads", equalTo(1));
        operator().get("/api/v1/audit/verify?tenant=" + whole.id()).then().body("intact", is(true), "noted.heads",
                equalTo(1));
        operator().get("/api/v1/audit/verify").then().statusCode(200).body("intact", is(false),
                "tenants.find { it.tenantId == '" + cut.id() + "' }.firstBreak.reason", equalTo("head_missing"),
                "tenants.findAll { !it.intact }.tenantId", not(hasItem(whole.id().toString())));
    }

    @Test
    void aChainThatIsGoneAltogetherIsFound() throws SQLException {
        // Given
        Made gone = withRows(1);
        export.run().orElseThrow();
        // When
        SuperUser.run(url, CUT.formatted(gone.id(), 0),
                "delete from audit_head where tenant_id = '" + gone.id() + "'");
        // Then
        for (String query : List.of("", "?tenant=" + gone.id())) {
            operator().get("/api/v1/audit/verify" + query).then().statusCode(200).body("intact", is(false),
                    "tenants.find { it.tenantId == '" + gone.id() + "' }.firstBreak.reason", equalTo("head_missing"),
                    "tenants.find { it.tenantId == '" + gone.id() + "' }.firstBreak.seq", equalTo(1));
        }
    }

    @Test
    void aChainThatWasWrittenAnewWithRightHashesIsFound() throws SQLException {
        // Given
        Made forged = withRows(1);
        export.run().orElseThrow();
        // When
        SuperUser.run(url, CUT.formatted(forged.id(), 2), FORGED_END.formatted(forged.id(), 2));
        rows.inTenant(forged.id(), () -> audit.append(forged.id(), Actor.SYSTEM, "tenant.resume", "tenant/"
                + forged.id(), Map.of("reason", "another")));
        // Then
        operator().get("/api/v1/audit/verify?tenant=" + forged.id()).then().body("intact", is(false), "tenants[0].rows",
                equalTo(3), "tenants[0].firstBreak.seq", equalTo(3), "tenants[0].firstBreak.reason",
                equalTo("head_missing"));
    }

    @Test
    void aDamagedFileIsNamed() throws Exception {
        // Given
        newTenant("team");
        HeadFiles.Written written = export.run().orElseThrow();
        Path file = config.headsDir().orElseThrow().resolve(written.file());
        byte[] whole = Files.readAllBytes(file);
        // When
        byte[] damaged = whole.clone();
        damaged[whole.length - 10] ^= 1;
        Files.write(file, damaged);
        // Then
        try {
            operator().get("/api/v1/audit/verify").then().statusCode(200).body("intact", is(false),
                    "noted.damagedFiles", equalTo(List.of(written.file())));
        } finally {
            Files.write(file, whole);
        }
    }

    @Test
    void headsAreListedAndCheckedWhenSomebodySendsThemBack() throws SQLException {
        // Given
        Made cut = withRows(2);
        Made whole = withRows(1);
        Map<String, Map<String, Object>> heads = new HashMap<>();
        String cursor = "";
        while (cursor != null) {
            var page = operator().get("/api/v1/audit/heads?limit=200" + cursor);
            page.then().statusCode(200);
            List<Map<String, Object>> items = page.path("items");
            items.forEach(head -> heads.put((String) head.get("tenantId"), head));
            String next = page.path("nextCursor");
            cursor = next == null ? null : "&cursor=" + next;
        }
        Map<String, Object> ofCut = heads.get(cut.id().toString());
        Map<String, Object> ofWhole = heads.get(whole.id().toString());
        assertThat(ofCut.get("seq")).isEqualTo(5);
        operator().body(Map.of("heads", List.of(ofCut, ofWhole))).post("/api/v1/audit/verify").then().statusCode(200)
                .body("intact", is(true), "checkedTenants", equalTo(2), "checkedRows", equalTo(8), "noted.heads",
                        equalTo(2));
        // When
        SuperUser.run(url, CUT.formatted(cut.id(), 3), FORGED_END.formatted(cut.id(), 3));
        // Then
        operator().body(Map.of("heads", List.of(ofWhole, ofCut))).post("/api/v1/audit/verify").then().statusCode(200)
                .body("intact", is(false), "tenants[0].tenantId", equalTo(cut.id().toString()),
                        "tenants[0].firstBreak.seq", equalTo(4), "tenants[0].firstBreak.reason",
                        equalTo("head_missing"), "tenants[1].intact", is(true));
        Map<String, Object> unknown = Map.of("tenantId", UUID.randomUUID().toString(), "seq", 1, "hash",
                "a".repeat(64));
        operator().body(Map.of("heads", List.of(unknown))).post("/api/v1/audit/verify").then().statusCode(200).body(
                "intact", is(false), "tenants[0].firstBreak.reason", equalTo("head_missing"));
    }

    @Test
    void headsThatCannotBeMeantAreRefused() {
        Map<String, Object> good = Map.of("tenantId", UUID.randomUUID().toString(), "seq", 1, "hash", "a".repeat(64));
        operator().body("{}").post("/api/v1/audit/verify").then().statusCode(400).body("errors[0].pointer",
                equalTo("/heads"));
        operator().body(Map.of("heads", List.of())).post("/api/v1/audit/verify").then().statusCode(400);
        operator().body("{\"heads\":[null]}").post("/api/v1/audit/verify").then().statusCode(400)
                .body("errors[0].pointer", containsString("/heads"));
        Map<String, Object> bad = new HashMap<>(good);
        bad.put("hash", "zz");
        operator().body(Map.of("heads", List.of(good, bad))).post("/api/v1/audit/verify").then().statusCode(400)
                .body("errors[0].pointer", containsString("/heads/1"));
        bad.put("hash", good.get("hash"));
        bad.put("seq", 0);
        operator().body(Map.of("heads", List.of(bad))).post("/api/v1/audit/verify").then().statusCode(400);
        bad.put("seq", 1);
        bad.put("tenantId", "acme");
        operator().body(Map.of("heads", List.of(bad))).post("/api/v1/audit/verify").then().statusCode(400)
                .body("errors[0].pointer", equalTo("/heads/0/tenantId"));
        operator().body(Map.of("heads", java.util.Collections.nCopies(10_001, good))).post("/api/v1/audit/verify")
                .then()
                .statusCode(400).body("errors[0].pointer", equalTo("/heads"));
        operator().body(Map.of("heads", java.util.Collections.nCopies(10_000, good))).post("/api/v1/audit/verify")
                .then()
                .statusCode(200).body("intact", is(false));
    }
}
