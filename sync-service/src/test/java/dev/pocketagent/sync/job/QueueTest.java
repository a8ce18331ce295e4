package dev.pocketagent.sync.job;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;

import java.net.URL;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import jakarta.inject.Inject;

import org.hibernate.Session;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.sync.SyncTestBase;
import dev.pocketagent.sync.git.TestGit;
import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;

/** The queue and the database below it. */
@QuarkusTest
@Tag("slow")
class QueueTest extends SyncTestBase {

    @Inject
    AgroalDataSource database;

    @Inject
    Operations operations;

    @Inject
    RowScope rows;

    @Inject
    Session session;

    @TestHTTPResource(value = "/metrics", management = true)
    URL metrics;

    @TestHTTPResource(value = "/health/ready", management = true)
    URL ready;

    @Test
    void workOfAKilledWorkerIsTakenOver() throws Exception {
        // Given: an operation that a worker took and that died with it, long enough ago
        String name = newName();
        newRepository(name);
        String source = synced(gitSource(name)).getString("id");
        UUID operation = running(source, "now() - interval '1 second'");
        sql("insert into operation_step (operation_id, position, tenant_id, name, state, started_at, message) values ('"
                + operation
                + "', 0, '" + tenant + "', 'look', 'running', now(), '')");

        // When / Then
        await().atMost(Duration.ofSeconds(10))
                .until(() -> "succeeded"
                        .equals(with(admin).get("/api/v1/operations/" + operation).jsonPath().getString("state")));
        assertThat(strings("select fence from operation where id = '" + operation + "'")).containsExactly("8");
    }

    @Test
    void aSourceIsDeletedWhileAWorkerWritesOfIt() throws Exception {
        // Given: an operation that a worker of ours has
        String name = newName();
        newRepository(name);
        String source = synced(gitSource(name)).getString("id");
        UUID operation = running(source, "now() + interval '1 hour'");
        var claim = new Operations.Claim(operation, tenant, UUID.fromString(source), 7);

        // When: the deletion comes between its first and its second statement
        CompletableFuture<Integer> deletion = rows.inTenant(tenant, () -> {
            operations.hold(claim);
            CompletableFuture<Integer> deleting = CompletableFuture.supplyAsync(
                    () -> with(admin).header("If-Match", "*").delete("/api/v1/sources/" + source).statusCode(),
                    Thread::startVirtualThread);
            await().atMost(Duration.ofSeconds(10)).until(() -> !strings("select pid from pg_stat_activity"
                    + " where wait_event_type = 'Lock' and query like 'delete from source%'").isEmpty());
            operations.end(claim, false, null, null);
            assertThat(session.createNativeMutationQuery("update live set checked_at = now() where source_id = :source")
                    .setParameter("source", claim.sourceId()).executeUpdate()).isEqualTo(1);
            return deleting;
        });

        // Then
        assertThat(deletion.get(10, TimeUnit.SECONDS)).isEqualTo(204);
        assertThat(strings("select id from operation where id = '" + operation + "'")).isEmpty();
    }

    @Test
    void workThatKillsEveryWorkerIsGivenUp() throws Exception {
        // Given
        String name = newName();
        newRepository(name);
        String source = synced(gitSource(name)).getString("id");
        UUID operation = UUID.randomUUID();
        sql("insert into operation (id, tenant_id, source_id, kind, cause, state, attempts, fence, lease_until, created_at, started_at)"
                + " values ('" + operation + "', '" + tenant + "', '" + source + "', 'sync', 'manual', 'running', 5, 7,"
                + " now() - interval '1 second', now(), now())");

        // When / Then
        await().atMost(Duration.ofSeconds(10))
                .until(() -> "gave-up"
                        .equals(with(admin).get("/api/v1/operations/" + operation).jsonPath().getString("error.code")));
    }

    @Test
    void aSourceIsLookedAtWhenItsTimeHasCome() throws Exception {
        // Given
        String name = newName();
        String commit = newRepository(name).write("a.md", "a").commit("more");
        String source = synced(gitSource(name)).getString("id");
        awaitRevision(source, commit);
        String later = TestGit.init(places.repositories().resolve(name)).write("b.md", "b").commit("later");

        // When
        sql("update schedule set next_run = now() where source_id = '" + source + "'");

        // Then
        awaitRevision(source, later);
        assertThat(strings(
                "select next_run > now() + interval '200 seconds' from schedule where source_id = '" + source + "'"))
                .containsExactly("t");
    }

    @Test
    void failuresMakeTheNextLookLater() throws Exception {
        // Given
        String id = with(admin).body(gitSource("none-" + newName())).post("/api/v1/sources").then().statusCode(201)
                .extract().path("id");
        awaitState(id, "failing");

        // When
        sync(id);
        sync(id);

        // Then
        assertThat(strings("select failures from schedule where source_id = '" + id + "'")).containsExactly("3");
        assertThat(strings(
                "select next_run between now() + interval '40 seconds' and now() + interval '75 seconds' from schedule"
                        + " where source_id = '" + id + "'"))
                .containsExactly("t");
    }

    @Test
    void theDatabaseItselfKeepsTenantsApart() throws Exception {
        // Given
        String name = newName();
        newRepository(name);
        synced(gitSource(name));
        List<String> tables = strings(
                "select table_name from information_schema.columns where column_name = 'tenant_id'"
                        + " and table_schema = 'public' and table_name not in ('data_key')");
        assertThat(tables).contains("source", "revision", "live", "schedule", "operation", "operation_step",
                "webhook_delivery");

        // When / Then
        for (String table : tables) {
            assertThat(strings(
                    "select relrowsecurity and relforcerowsecurity from pg_class where relname = '" + table + "'"))
                    .as(table)
                    .containsExactly("t");
            assertThat(as("", "select count(*) from " + table)).as(table).containsExactly("0");
            assertThat(as(UUID.randomUUID().toString(), "select count(*) from " + table)).as(table)
                    .containsExactly("0");
        }
        assertThat(as(tenant.toString(), "select count(*) from source")).containsExactly("1");
    }

    @Test
    void oneBrokenSourceDoesNotMakeTheServiceUnready() {
        // Given
        String id = with(admin).body(gitSource("none-" + newName())).post("/api/v1/sources").then().statusCode(201)
                .extract().path("id");
        awaitState(id, "failing");

        // When / Then
        given().get(ready).then().statusCode(200);
        given().get(metrics).then().statusCode(200).body(containsString("pocket_sync_total{result=\"failed\"}"))
                .body(containsString("pocket_sync_webhook_total{result=\"too-large\"}"))
                .body(containsString("pocket_sync_duration_seconds_count{result=\"changed\"}"))
                .body(containsString("pocket_sync_last_success_age_seconds"))
                .body(containsString("pocket_sync_fetch_bytes_total"))
                .body(containsString("pocket_sync_skipped_entries_total{reason=\"symlink-skipped\"}"));
    }

    @Test
    void nobodyFinishesWhatSomebodyElseTookOver() throws Exception {
        // Given
        String name = newName();
        newRepository(name);
        UUID source = UUID.fromString(synced(gitSource(name)).getString("id"));
        UUID operation = running(source, "now() + interval '1 hour'");
        Operations.Claim late = new Operations.Claim(operation, tenant, source, 6);

        // When / Then
        assertThat(operations.heartbeat(late)).isFalse();
        assertThatThrownBy(() -> rows.inTenant(tenant, () -> {
            operations.end(late, false, null, null);
            return late;
        })).isInstanceOf(Operations.LostLeaseException.class);
        sql("delete from operation where id = '" + operation + "'");
    }

    private void sql(String statement) throws SQLException {
        try (Connection connection = database.getConnection(); Statement all = connection.createStatement()) {
            all.execute("select set_config('pocket.tenant', '*', false)");
            all.execute(statement);
            all.execute("select set_config('pocket.tenant', '', false)");
        }
    }

    private List<String> strings(String query) throws SQLException {
        return as("*", query);
    }

    private List<String> as(String scope, String query) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement set = connection.prepareStatement("select set_config('pocket.tenant', ?, false)");
                Statement select = connection.createStatement()) {
            set.setString(1, scope);
            set.execute();
            List<String> found = new ArrayList<>();
            try (ResultSet rowsFound = select.executeQuery(query)) {
                while (rowsFound.next()) {
                    found.add(rowsFound.getString(1));
                }
            }
            set.setString(1, "");
            set.execute();
            return found;
        }
    }

    /** An operation of a worker that is not here, with fence 7. */
    private UUID running(Object source, String leaseUntil) throws SQLException {
        UUID operation = UUID.randomUUID();
        sql("insert into operation (id, tenant_id, source_id, kind, cause, state, attempts, fence, lease_until, created_at, started_at)"
                + " values ('" + operation + "', '" + tenant + "', '" + source
                + "', 'sync', 'manual', 'running', 1, 7, "
                + leaseUntil + ", now(), now())");
        return operation;
    }
}
