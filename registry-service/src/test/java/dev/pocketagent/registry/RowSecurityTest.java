package dev.pocketagent.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import io.agroal.api.AgroalDataSource;
import io.quarkus.test.junit.QuarkusTest;

/** Plain SQL as the service's own role: the database itself keeps tenants apart, whatever our queries say. */
@QuarkusTest
class RowSecurityTest extends RegistryTestBase {

    private static final Map<String, String> TENANT_TABLES = Map.ofEntries(Map.entry("tenant", "id"),
            Map.entry("api_key", "tenant_id"),
            Map.entry("audit_row", "tenant_id"),
            Map.entry("audit_head", "tenant_id"),
            Map.entry("event", "tenant_id"),
            Map.entry("quota", "tenant_id"),
            Map.entry("reservation", "tenant_id"),
            Map.entry("pocketbase_link", "tenant_id"),
            Map.entry("webhook", "tenant_id"),
            Map.entry("webhook_delivery", "tenant_id"));

    @Inject
    AgroalDataSource database;

    private interface Work<T> {
        T on(Statement statement) throws SQLException;
    }

    private <T> T as(String tenant, Work<T> work) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                if (tenant != null) {
                    try (PreparedStatement set = connection
                            .prepareStatement("select set_config('pocket.tenant', ?, true)")) {
                        set.setString(1, tenant);
                        set.execute();
                    }
                }
                return work.on(statement);
            } finally {
                connection.rollback();
                connection.setAutoCommit(true);
            }
        }
    }

    private List<String> query(String tenant, String query) throws SQLException {
        return as(tenant, sql -> strings(sql, query));
    }

    private int change(String tenant, String change) throws SQLException {
        return as(tenant, sql -> sql.executeUpdate(change));
    }

    /** As the platform, and it stays. */
    private void insert(String insert) throws SQLException {
        as("*", sql -> {
            sql.executeUpdate(insert);
            sql.getConnection().commit();
            return true;
        });
    }

    private static List<String> strings(Statement statement, String query) throws SQLException {
        List<String> found = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                found.add(rows.getString(1));
            }
        }
        return found;
    }

    @Test
    void theServicesRoleCannotPassRowSecurityByAndEveryTenantTableHasIt() throws SQLException {
        assertThat(
                query(null, "select rolname from pg_roles where rolname = current_user and (rolsuper or rolbypassrls)"))
                .isEmpty();
        List<String> withTenant = query(null, """
                select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where n.nspname = 'public' and c.relkind in ('r', 'p') and (c.relname = 'tenant' or exists (
                    select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id'))""");
        assertThat(withTenant).containsAll(TENANT_TABLES.keySet());
        assertThat(query(null, """
                select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where n.nspname = 'public' and c.relkind in ('r', 'p') and (c.relname = 'tenant' or exists (
                    select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id'))
                    and not (c.relrowsecurity and c.relforcerowsecurity)""")).isEmpty();
    }

    private void testedWebhook(Made tenant) {
        String admin = keyOf(tenant, Roles.TENANT_ADMIN);
        String id = with(admin).body(Map.of("url", "http://127.0.0.1:9/", "events", List.of("plan.created")))
                .post("/api/v1/webhooks").then().statusCode(201).extract().path("id");
        with(admin).post("/api/v1/webhooks/" + id + "/test").then().statusCode(202);
    }

    @Test
    void aTransactionSeesItsTenantsRowsAndNoOthersAndWithoutATenantNone() throws SQLException {
        // Given
        Made mine = newTenant("team");
        Made other = newTenant("team");
        issue(mine, Roles.AGENT);
        issue(other, Roles.AGENT);
        for (Made tenant : List.of(mine, other)) {
            service().body(Map.of("holder", "x", "amounts", Map.of("stacks", 1)))
                    .post("/api/v1/tenants/" + tenant.id() + "/reservations").then().statusCode(201);
            insert("insert into pocketbase_link (tenant_id, record_id, linked_at, changed_at) values ('" + tenant.id()
                    + "', '" + tenant.slug() + "', now(), now())");
            testedWebhook(tenant);
        }
        for (Map.Entry<String, String> table : TENANT_TABLES.entrySet()) {
            String owners = "select distinct " + table.getValue() + "::text from " + table.getKey();
            // When
            List<String> seenAsMine = query(mine.id().toString(), owners);
            List<String> seenAsNobody = query(null, owners);
            List<String> seenAsPlatform = query("*", owners);
            // Then
            assertThat(seenAsMine).as(table.getKey()).containsExactly(mine.id().toString());
            assertThat(seenAsNobody).as(table.getKey()).isEmpty();
            assertThat(seenAsPlatform).as(table.getKey()).contains(mine.id().toString(), other.id().toString());
        }
    }

    @Test
    void aTransactionCannotWriteForAnotherTenant() throws SQLException {
        Made mine = newTenant("team");
        Made other = newTenant("team");
        String me = mine.id().toString();
        assertThatThrownBy(() -> change(me, "insert into event (id, type, tenant_id, at, data)"
                + " values ('" + UUID.randomUUID() + "', 'x', '" + other.id() + "', now(), '{}')"))
                .hasMessageContaining("row-level security");
        assertThat(
                change(me, "update tenant set name = 'stolen' where id = '" + other.id() + "'"))
                .isZero();
        assertThatThrownBy(() -> change(me, "update event set tenant_id = '" + other.id() + "'"))
                .hasMessageContaining("row-level security");
        assertThat(change(me, "update tenant set name = 'mine'")).isEqualTo(1);
        assertThat(change(me, "update quota set stacks_used = 1")).isEqualTo(1);
        assertThat(change(me, "update quota set stacks_used = 1 where tenant_id = '" + other.id() + "'")).isZero();
        assertThatThrownBy(() -> change(me, "insert into reservation (id, tenant_id, holder, state, stacks, created_at,"
                + " expires_at, version) values ('" + UUID.randomUUID() + "', '" + other.id()
                + "', 'x', 'open', 1, now(), now(), 0)")).hasMessageContaining("row-level security");
    }

    @Test
    void auditRowsAndPlansCannotBeChanged() throws SQLException {
        newTenant("team");
        for (String change : List.of("update audit_row set action = 'x'", "delete from audit_row",
                "truncate audit_row")) {
            assertThatThrownBy(() -> change("*", change)).as(change)
                    .hasMessageContaining("permission denied");
        }
        // The owner could give itself the right back; the trigger refuses even then.
        assertThatThrownBy(() -> as("*", sql -> {
            sql.execute("grant update, delete, truncate on audit_row to current_user");
            return sql.executeUpdate("update audit_row set action = 'x'");
        })).hasMessageContaining("never changed or deleted");
        assertThatThrownBy(() -> change("*", "delete from audit_head"))
                .hasMessageContaining("never changed or deleted");
        assertThatThrownBy(() -> change("*", "update plan_version set stacks = 99"))
                .hasMessageContaining("never changed or deleted");
        assertThat(query("*", "select 1 from audit_row limit 1")).isNotEmpty();
    }

    @Test
    void theCheckOfAKeyWidensNothingBeyondItself() throws SQLException {
        Made mine = newTenant("team");
        issue(mine, Roles.AGENT);
        List<String> after = as(null, sql -> {
            strings(sql, "select key_id from find_key('\\x" + "00".repeat(32) + "')");
            strings(sql, "select key_id from check_key('\\x" + "00".repeat(32) + "')");
            return strings(sql, "select id::text from tenant");
        });
        assertThat(after).isEmpty();
    }
}
