package dev.pocketagent.registry.audit;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.registry.Sql;

/** Reads the trail, inside a transaction whose row scope says whose rows are seen. */
@ApplicationScoped
class AuditTrail {

    private static final String COLUMNS = "tenant_id, seq, at, actor_key_id, actor_role, action, target, detail,"
            + " previous_hash, hash";
    private static final int FETCH_ROWS = 5_000;

    /** What came out of checking one tenant's chain. */
    record Checked(UUID tenantId, ChainCheck chain) {}

    private final Sql sql;

    @Inject
    AuditTrail(Sql sql) {
        this.sql = sql;
    }

    /** Rows of one tenant, newest first, before a sequence number. */
    @Transactional(Transactional.TxType.MANDATORY)
    List<AuditRow> ofTenant(UUID tenantId, long beforeSeq, int rows) {
        return query("select " + COLUMNS + " from audit_row where tenant_id = ? and seq < ? order by seq desc limit ?",
                tenantId, beforeSeq, rows);
    }

    /** Rows of all visible tenants, newest first; after the given place, or from the newest. */
    @Transactional(Transactional.TxType.MANDATORY)
    List<AuditRow> ofAll(@Nullable Place after, int rows) {
        if (after == null) {
            return query("select " + COLUMNS + " from audit_row order by at desc, tenant_id desc, seq desc limit ?",
                    rows);
        }
        return query("select " + COLUMNS + " from audit_row where (at, tenant_id, seq) < (?, ?, ?)"
                + " order by at desc, tenant_id desc, seq desc limit ?", after.at().atOffset(ZoneOffset.UTC),
                after.tenantId(), after.seq(), rows);
    }

    /** A place in the list of all rows. */
    record Place(Instant at, UUID tenantId, long seq) {}

    /**
     * Checks chains as they stood at one moment, while others write on. Streams in the order of an index: memory does not
     * grow with the rows.
     *
     * @param tenantId one tenant; null for all visible
     * @param result called once a tenant
     */
    @Transactional(Transactional.TxType.MANDATORY)
    void check(@Nullable UUID tenantId, Consumer<Checked> result) {
        sql.run(connection -> {
            // One statement is one snapshot, also under READ COMMITTED: rows and noted ends belong together.
            try (PreparedStatement query = connection.prepareStatement("""
                    select r.tenant_id, r.seq, r.at, r.actor_key_id, r.actor_role, r.action, r.target, r.detail,
                           r.previous_hash, r.hash, h.seq, h.hash
                    from audit_row r left join audit_head h on h.tenant_id = r.tenant_id
                    """ + (tenantId == null ? "" : "where r.tenant_id = ?") + " order by r.tenant_id, r.seq")) {
                query.setFetchSize(FETCH_ROWS);
                if (tenantId != null) {
                    query.setObject(1, tenantId);
                }
                try (ResultSet rows = query.executeQuery()) {
                    check(rows, result);
                }
            }
            // An end without any row: the whole chain was cut. Never a race, both are written in one transaction.
            try (PreparedStatement query = connection.prepareStatement("""
                    select h.tenant_id, h.seq, h.hash from audit_head h
                    where not exists (select from audit_row r where r.tenant_id = h.tenant_id)
                    """ + (tenantId == null ? "" : "and h.tenant_id = ?") + " order by h.tenant_id")) {
                if (tenantId != null) {
                    query.setObject(1, tenantId);
                }
                try (ResultSet ends = query.executeQuery()) {
                    while (ends.next()) {
                        ChainCheck chain = new ChainCheck();
                        chain.end(new Head(ends.getLong(2), new Hash(ends.getBytes(3))));
                        result.accept(new Checked(ends.getObject(1, UUID.class), chain));
                    }
                }
            }
            return true;
        });
    }

    private static void check(ResultSet rows, Consumer<Checked> result) throws SQLException {
        UUID owner = null;
        ChainCheck chain = new ChainCheck();
        Head noted = Head.NONE;
        while (rows.next()) {
            AuditRow row = row(rows);
            if (!row.tenantId().equals(owner)) {
                if (owner != null) {
                    chain.end(noted);
                    result.accept(new Checked(owner, chain));
                }
                owner = row.tenantId();
                chain = new ChainCheck();
                byte[] end = rows.getBytes(12);
                noted = end == null ? Head.NONE : new Head(rows.getLong(11), new Hash(end));
            }
            chain.row(row);
        }
        if (owner != null) {
            chain.end(noted);
            result.accept(new Checked(owner, chain));
        }
    }

    private List<AuditRow> query(String text, Object... values) {
        return sql.run(connection -> {
            try (PreparedStatement query = connection.prepareStatement(text)) {
                for (int i = 0; i < values.length; i++) {
                    query.setObject(i + 1, values[i]);
                }
                List<AuditRow> found = new ArrayList<>();
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        found.add(row(rows));
                    }
                }
                return found;
            }
        });
    }

    private static AuditRow row(ResultSet rows) throws SQLException {
        return new AuditRow(rows.getObject(1, UUID.class), rows.getLong(2),
                rows.getObject(3, OffsetDateTime.class).toInstant(),
                new Actor(rows.getObject(4, UUID.class), rows.getString(5)), rows.getString(6), rows.getString(7),
                rows.getString(8), new Hash(rows.getBytes(9)), new Hash(rows.getBytes(10)));
    }
}
