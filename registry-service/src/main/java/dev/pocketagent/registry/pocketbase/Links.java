package dev.pocketagent.registry.pocketbase;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.tenant.TenantState;

/** Links and tenants as the bridge needs them, inside a transaction that sees all tenants. */
@ApplicationScoped
class Links {

    private static final TypeReference<Map<String, String>> TEXTS = new TypeReference<>() {
    };
    private static final String TENANT = "select id, slug, name, plan, state, external_ids, version from tenant";
    private static final String LINK = "select tenant_id, record_id, record_name, record_plan, record_state, tenant_name,"
            + " tenant_plan, tenant_state, written from pocketbase_link";

    private final Sql sql;
    private final ObjectMapper json;
    private final Clock clock;

    @Inject
    Links(Sql sql, ObjectMapper json, Clock clock) {
        this.sql = sql;
        this.json = json;
        this.clock = clock;
    }

    List<Link> all() {
        return links(LINK + " order by tenant_id", "", null);
    }

    List<Link> of(java.util.Collection<UUID> tenantIds) {
        return links(LINK + " where tenant_id = any (?) order by tenant_id", "uuid", tenantIds.toArray());
    }

    /** Tenants with one of these slugs, one of these ids, or any link. */
    List<LocalTenant> tenants(java.util.Collection<String> slugs, java.util.Collection<UUID> ids) {
        // Three looks by an index each; one "or" over all of them would read the whole table.
        return sql.run(connection -> {
            try (PreparedStatement query = connection.prepareStatement(TENANT + " where slug = any (?) union " + TENANT
                    + " where id = any (?) union " + TENANT
                    + " where id in (select tenant_id from pocketbase_link)")) {
                query.setArray(1, connection.createArrayOf("text", slugs.toArray()));
                query.setArray(2, connection.createArrayOf("uuid", ids.toArray()));
                return tenants(query);
            }
        });
    }

    /** Names of all plans. */
    Set<String> plans() {
        return Set.copyOf(strings("select distinct plan from plan_version"));
    }

    /** Records whose tenants were erased. */
    Set<String> erased() {
        return Set.copyOf(strings("select record_id from pocketbase_erased"));
    }

    /** One tenant; null when there is none. */
    @Nullable
    LocalTenant tenant(UUID id) {
        List<LocalTenant> found = sql.run(connection -> {
            try (PreparedStatement query = connection.prepareStatement(TENANT + " where id = ?")) {
                query.setObject(1, id);
                return tenants(query);
            }
        });
        return found.isEmpty() ? null : found.getFirst();
    }

    /** Which of these tenants are erased; the others are not before the transaction ends. */
    Set<UUID> erasedOf(java.util.Collection<UUID> ids) {
        return sql.run(connection -> {
            Set<UUID> found = new HashSet<>();
            try (PreparedStatement query = connection
                    .prepareStatement("select id, state from tenant where id = any (?) order by id for share")) {
                query.setArray(1, connection.createArrayOf("uuid", ids.toArray()));
                try (ResultSet row = query.executeQuery()) {
                    while (row.next()) {
                        if (row.getString(2).equals(TenantState.DELETED.text())) {
                            found.add(row.getObject(1, UUID.class));
                        }
                    }
                }
            }
            return found;
        });
    }

    /** Remembers the link; a tenant has one, and a record has one. */
    void put(UUID tenantId, String recordId, Item.Memory memory) {
        sql.run(connection -> {
            try (PreparedStatement insert = connection.prepareStatement("""
                    insert into pocketbase_link (tenant_id, record_id, record_name, record_plan, record_state, tenant_name,
                                                 tenant_plan, tenant_state, written, linked_at, changed_at)
                    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    on conflict (tenant_id) do update set record_id = excluded.record_id,
                        record_name = excluded.record_name, record_plan = excluded.record_plan,
                        record_state = excluded.record_state, tenant_name = excluded.tenant_name,
                        tenant_plan = excluded.tenant_plan, tenant_state = excluded.tenant_state,
                        written = excluded.written, changed_at = excluded.changed_at""")) {
                insert.setObject(1, tenantId);
                insert.setString(2, recordId);
                insert.setString(3, memory.record().name());
                insert.setString(4, memory.record().plan());
                insert.setString(5, memory.record().state());
                insert.setString(6, memory.tenant().name());
                insert.setString(7, memory.tenant().plan());
                insert.setString(8, memory.tenant().state());
                insert.setString(9, json.valueToTree(memory.written()).toString());
                insert.setObject(10, clock.instant().atOffset(ZoneOffset.UTC));
                insert.setObject(11, clock.instant().atOffset(ZoneOffset.UTC));
                return insert.executeUpdate();
            }
        });
    }

    /** Forgets a tenant's link, and keeps its record's id, so that no new tenant is made after an erased one. */
    void erase(UUID tenantId) {
        sql.run(connection -> {
            try (PreparedStatement delete = connection.prepareStatement("""
                    with gone as (delete from pocketbase_link where tenant_id = ? returning record_id)
                    insert into pocketbase_erased (record_id, erased_at) select record_id, ? from gone
                    on conflict (record_id) do nothing""")) {
                delete.setObject(1, tenantId);
                delete.setObject(2, clock.instant().atOffset(ZoneOffset.UTC));
                return delete.executeUpdate();
            }
        });
    }

    private List<String> strings(String text) {
        return sql.run(connection -> {
            List<String> found = new ArrayList<>();
            try (PreparedStatement query = connection.prepareStatement(text); ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    found.add(row.getString(1));
                }
            }
            return found;
        });
    }

    private List<Link> links(String text, String type, Object @Nullable [] keys) {
        return sql.run(connection -> {
            try (PreparedStatement query = connection.prepareStatement(text)) {
                if (keys != null) {
                    query.setArray(1, connection.createArrayOf(type, keys));
                }
                List<Link> found = new ArrayList<>();
                try (ResultSet row = query.executeQuery()) {
                    while (row.next()) {
                        found.add(new Link(row.getObject(1, UUID.class), row.getString(2),
                                new Values(row.getString(3), row.getString(4), row.getString(5)),
                                new Values(row.getString(6), row.getString(7), row.getString(8)),
                                texts(row.getString(9))));
                    }
                }
                return found;
            }
        });
    }

    private List<LocalTenant> tenants(PreparedStatement query) throws SQLException {
        List<LocalTenant> found = new ArrayList<>();
        try (ResultSet row = query.executeQuery()) {
            while (row.next()) {
                found.add(new LocalTenant(row.getObject(1, UUID.class), row.getString(2), row.getString(3),
                        row.getString(4), TenantState.ofText(row.getString(5)).orElseThrow(), texts(row.getString(6)),
                        row.getLong(7)));
            }
        }
        return found;
    }

    private Map<String, String> texts(String object) {
        try {
            return json.readValue(object, TEXTS);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The database takes only JSON objects of texts here", e);
        }
    }
}
