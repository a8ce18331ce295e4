package dev.pocketagent.registry.pocketbase;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import jakarta.inject.Inject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.registry.RegistryTestBase;
import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.pocketbase.Report.Line;
import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.ShutdownEvent;

/** A PocketBase, the real one where that can be had, with a collection of its own for each test. */
abstract class BridgeTestBase extends RegistryTestBase {

    private static final AtomicInteger NUMBER = new AtomicInteger();
    static TestServer server;
    static Admin admin;

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

    final List<Bridge> started = new ArrayList<>();
    String collection;

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

    void execute(String text) {
        rows.inAllTenants(() -> sql.run(connection -> {
            try (var statement = connection.createStatement()) {
                return statement.execute(text);
            }
        }));
    }

    PocketBaseConfig config(String... more) {
        String[] all = new String[more.length + 2];
        all[0] = "collection";
        all[1] = collection;
        System.arraycopy(more, 0, all, 2, more.length);
        return TestSettings.with(server, all);
    }

    Bridge bridge(String... more) {
        Bridge bridge = new Bridge(config(more), links, tenants, turn, runs, metrics, rows, json, Clock.systemUTC());
        started.add(bridge);
        return bridge;
    }

    Bridge bridge(FakePocketBase fake) {
        Bridge bridge = new Bridge(TestSettings.with(fake, "collection", collection), links, tenants, turn, runs,
                metrics, rows, json, Clock.systemUTC());
        started.add(bridge);
        return bridge;
    }

    Report run(String... more) {
        return bridge(more).runByHand(false).orElseThrow();
    }

    String record(String slug, String... fieldsAndTexts) {
        Map<String, String> fields = new java.util.HashMap<>(
                Map.of("slug", slug, "name", "Customer " + slug, "plan", "team", "state", "active"));
        for (int i = 0; i < fieldsAndTexts.length; i += 2) {
            fields.put(fieldsAndTexts[i], fieldsAndTexts[i + 1]);
        }
        return admin.add(collection, fields);
    }

    String field(String id, String name) {
        return admin.record(collection, id).path(name).asText();
    }

    io.restassured.response.ValidatableResponse tenant(String slug) {
        return operator().get("/api/v1/tenants/" + slug).then().statusCode(200);
    }

    static List<String> kinds(Report report) {
        return report.lines().stream().map(Line::kind).toList();
    }

    void nextRunIn(String time) {
        execute("update pocketbase_turn set next_run = now() + interval '" + time + "', last_success_at = null");
    }
}
