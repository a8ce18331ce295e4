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

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.registry.Sql;

/** Reads the trail, inside a transaction whose row scope says whose rows are seen. */
@ApplicationScoped
class AuditTrail {

    static final String COLUMNS = "tenant_id, seq, at, actor_key_id, actor_role, action, target, detail,"
            + " previous_hash, hash";
    private static final String NEWEST_FIRST = " order by at desc, tenant_id desc, seq desc";

    /** A place in the list of rows. */
    record Place(Instant at, UUID tenantId, long seq) {
        static Place of(AuditRow row) {
            return new Place(row.at(), row.tenantId(), row.seq());
        }
    }

    private final Sql sql;

    @Inject
    AuditTrail(Sql sql) {
        this.sql = sql;
    }

    /**
     * Rows, newest first; those of one tenant in the order of its chain. Rows never change, so a place stays what it is,
     * whatever is appended, and under any filter.
     *
     * @param after only rows behind this place; null to begin with the newest
     */
    @Transactional(Transactional.TxType.MANDATORY)
    List<AuditRow> page(AuditFilter filter, @Nullable Place after, int rows) {
        if (filter.tenant() != null) {
            return chain(filter, after, rows);
        }
        sql.keepToIndexes();
        return filter.hasManyActions() ? manyActions(filter, after, rows) : all(filter, after, rows);
    }

    private List<AuditRow> chain(AuditFilter filter, @Nullable Place after, int rows) {
        AuditFilter.Condition where = filter.where();
        List<Object> values = new ArrayList<>(where.values());
        values.add(after == null ? Long.MAX_VALUE : after.seq());
        values.add(rows);
        return query("select " + COLUMNS + " from audit_row where " + where.text()
                + " and seq < ? order by seq desc limit ?", values);
    }

    private List<AuditRow> all(AuditFilter filter, @Nullable Place after, int rows) {
        AuditFilter.Condition where = filter.where();
        List<Object> values = new ArrayList<>(where.values());
        String text = "select " + COLUMNS + " from audit_row where " + where.text() + behind(after, values)
                + NEWEST_FIRST + " limit ?";
        values.add(rows);
        return query(text, values);
    }

    /**
     * The first rows of each wanted action, put together: the few actions that there are by jumping from one to the next
     * in the index, then a page of each in its order. A range over the index would be in the order of the actions, and
     * sorting it would mean reading all of it.
     */
    private List<AuditRow> manyActions(AuditFilter filter, @Nullable Place after, int rows) {
        AuditFilter.Condition where = filter.whereActionIs("found.name");
        List<Object> values = new ArrayList<>(
                List.of(filter.actionsFrom(), filter.actionsTo(), filter.actionsTo()));
        values.addAll(where.values());
        String text = """
                with recursive found (name) as (
                    (select action collate "C" from audit_row
                     where action collate "C" >= ? and action collate "C" < ? order by action collate "C" limit 1)
                    union all
                    select (select action collate "C" from audit_row
                            where action collate "C" > found.name and action collate "C" < ?
                            order by action collate "C" limit 1)
                    from found where found.name is not null)
                select %s from found cross join lateral (
                    select %s from audit_row where %s limit ?) as newest
                where found.name is not null""".formatted(COLUMNS, COLUMNS,
                where.text() + behind(after, values) + NEWEST_FIRST) + NEWEST_FIRST + " limit ?";
        values.add(rows);
        values.add(rows);
        return query(text, values);
    }

    private static String behind(@Nullable Place after, List<Object> values) {
        if (after == null) {
            return "";
        }
        values.add(after.at().atOffset(ZoneOffset.UTC));
        values.add(after.tenantId());
        values.add(after.seq());
        return " and (at, tenant_id, seq) < (?, ?, ?)";
    }

    /** The rows of one chain behind a sequence number, in its order. */
    @Transactional(Transactional.TxType.MANDATORY)
    List<AuditRow> onwards(UUID tenantId, long afterSeq, int rows) {
        return query("select " + COLUMNS + " from audit_row where tenant_id = ? and seq > ? order by seq limit ?",
                List.of(tenantId, afterSeq, rows));
    }

    private List<AuditRow> query(String text, List<Object> values) {
        return sql.run(connection -> {
            try (PreparedStatement query = connection.prepareStatement(text)) {
                for (int i = 0; i < values.size(); i++) {
                    query.setObject(i + 1, values.get(i));
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

    /** A row out of the {@link #COLUMNS}. */
    static AuditRow row(ResultSet rows) throws SQLException {
        return new AuditRow(rows.getObject(1, UUID.class), rows.getLong(2),
                rows.getObject(3, OffsetDateTime.class).toInstant(),
                new Actor(rows.getObject(4, UUID.class), rows.getString(5)), rows.getString(6), rows.getString(7),
                rows.getString(8), new Hash(rows.getBytes(9)), new Hash(rows.getBytes(10)));
    }
}
