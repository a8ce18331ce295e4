package dev.pocketagent.registry.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.is;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import jakarta.inject.Inject;

import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.registry.RegistryTestBase;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.junit.QuarkusTest;

/** The trail in a real database: under many writers, and under somebody who may change everything in it. */
@QuarkusTest
@Tag("slow")
class AuditChainTest extends RegistryTestBase {

    @Inject
    AuditLog audit;
    @Inject
    RowScope rows;
    @ConfigProperty(name = "pocket.db.url")
    String url;

    @Test
    void eightWritersOfOneTenantLeaveNoBrokenLink() throws Exception {
        // Given
        Made tenant = newTenant("team");
        List<Future<?>> writers = new ArrayList<>();
        // When
        try (ExecutorService pool = Executors.newFixedThreadPool(8)) {
            for (int writer = 0; writer < 8; writer++) {
                writers.add(pool.submit(() -> {
                    for (int i = 0; i < 50; i++) {
                        int number = i;
                        rows.inTenant(tenant.id(), () -> audit.append(tenant.id(), Actor.SYSTEM, "test.write", "test",
                                Map.of("number", number)));
                    }
                }));
            }
        }
        for (Future<?> writer : writers) {
            writer.get();
        }
        // Then
        operator().get("/api/v1/audit/verify?tenant=" + tenant.id()).then().body("intact", is(true),
                "tenants[0].rows", equalTo(401), "checkedRows", equalTo(401));
    }

    @Test
    void aChangeWhoseRecordFailsDoesNotHappen() {
        Made tenant = newTenant("team");
        // The row scope does not cover the platform's chain, so the record is refused by the database.
        assertThatThrownBy(() -> QuarkusTransaction.requiringNew().run(() -> {
            rows.tenant(tenant.id());
            audit.append(tenant.id(), Actor.SYSTEM, "test.first", "test", Map.of());
            audit.append(null, Actor.SYSTEM, "test.second", "test", Map.of());
        })).hasStackTraceContaining("row-level security");
        operator().get("/api/v1/audit?tenant=" + tenant.id()).then().body("items.size()", equalTo(1));
    }

    @Test
    void outsideATransactionNothingIsRecorded() {
        assertThatThrownBy(() -> audit.append(null, Actor.SYSTEM, "test", "test", Map.of()))
                .hasStackTraceContaining("TransactionRequired");
    }

    @Test
    void verifyNamesTenantAndRowOfTheFirstBreak() throws SQLException {
        // Given
        Made edited = withRows();
        Made holed = withRows();
        Made cut = withRows();
        Made emptied = withRows();
        Made whole = withRows();
        // When
        asSuperuser("update audit_row set detail = '{\"forged\":true}' where tenant_id = '%s' and seq = 2",
                edited.id());
        asSuperuser("delete from audit_row where tenant_id = '%s' and seq = 3", holed.id());
        asSuperuser("delete from audit_row where tenant_id = '%s' and seq = 4", cut.id());
        asSuperuser("delete from audit_row where tenant_id = '%s'", emptied.id());
        // Then
        expectBreak(edited, 2, "row_changed");
        expectBreak(holed, 3, "row_missing");
        expectBreak(cut, 4, "end_wrong");
        expectBreak(emptied, 1, "end_wrong");
        operator().get("/api/v1/audit/verify?tenant=" + whole.id()).then().body("intact", is(true));
        List<String> broken = operator().get("/api/v1/audit/verify").then().statusCode(200).body("intact", is(false))
                .extract().path("tenants.findAll { !it.intact }.tenantId");
        assertThat(broken).doesNotContain(whole.id().toString()).contains(edited.id().toString(), holed.id().toString(),
                cut.id().toString(), emptied.id().toString());
    }

    @Test
    void allRowsAreReadPageByPageNewestFirst() {
        Made tenant = withRows();
        List<Integer> seen = new ArrayList<>();
        String cursor = "";
        do {
            var page = operator().get("/api/v1/audit?limit=3&tenant=" + tenant.id() + cursor);
            seen.addAll(page.path("items.seq"));
            cursor = page.path("nextCursor") == null ? null : "&cursor=" + page.path("nextCursor");
        } while (cursor != null);
        assertThat(seen).containsExactly(4, 3, 2, 1);

        var first = operator().get("/api/v1/audit?limit=2");
        var both = operator().get("/api/v1/audit?limit=4");
        var second = operator().get("/api/v1/audit?limit=2&cursor=" + first.path("nextCursor"));
        List<String> hashes = new ArrayList<>(first.path("items.hash"));
        hashes.addAll(second.path("items.hash"));
        assertThat(hashes).isEqualTo(both.path("items.hash"));
    }

    private Made withRows() {
        Made tenant = newTenant("team");
        for (int i = 0; i < 3; i++) {
            issue(tenant, Roles.AGENT);
        }
        return tenant;
    }

    private void expectBreak(Made tenant, int seq, String reason) {
        operator().get("/api/v1/audit/verify?tenant=" + tenant.id()).then().statusCode(200).body("intact", is(false),
                "tenants[0].tenantId", equalTo(tenant.id().toString()), "tenants[0].firstBreak.seq", equalTo(seq),
                "tenants[0].firstBreak.reason", equalTo(reason));
    }

    /** As somebody who owns the whole server: triggers off, row-level security passed by. */
    private void asSuperuser(String change, UUID tenant) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url, "postgres", "");
                Statement statement = connection.createStatement()) {
            statement.execute("set session_replication_role = replica");
            assertThat(statement.executeUpdate(change.formatted(tenant))).isPositive();
        }
    }
}
