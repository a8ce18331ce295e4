package dev.pocketagent.registry.pocketbase;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.registry.Sql;

/** The last reports, inside a transaction that sees all tenants. */
@ApplicationScoped
class Runs {

    private static final int KEPT = 50;
    private static final String NEWEST_FIRST = " order by started_at desc, id desc";

    private final Sql sql;
    private final ObjectMapper json;

    @Inject
    Runs(Sql sql, ObjectMapper json) {
        this.sql = sql;
        this.json = json;
    }

    /** Keeps a report, and drops the oldest beyond the last 50. */
    void add(Report report) {
        sql.run(connection -> {
            try (PreparedStatement insert = connection.prepareStatement("insert into pocketbase_run (id, started_at,"
                    + " outcome, dry_run, report) values (?, ?, ?, ?, ?)")) {
                insert.setObject(1, report.id());
                insert.setObject(2, report.startedAt().atOffset(ZoneOffset.UTC));
                insert.setString(3, report.outcome());
                insert.setBoolean(4, report.dryRun());
                insert.setString(5, json.valueToTree(report).toString());
                insert.executeUpdate();
            }
            try (PreparedStatement delete = connection.prepareStatement("delete from pocketbase_run where id in"
                    + " (select id from pocketbase_run" + NEWEST_FIRST + " offset " + KEPT + ")")) {
                return delete.executeUpdate();
            }
        });
    }

    /** The newest report; null when there was no run. */
    @Nullable
    Report last() {
        return first("");
    }

    /** The newest report of a run that saw the whole list; null when there is none. */
    @Nullable
    Report lastWhole() {
        return first(" where outcome <> 'failed'");
    }

    /**
     * The newest report of a run that saw the whole list, but for dry runs by hand.
     *
     * @param known the run whose report need not be read again
     * @return null when there is none, or when it is the known one
     */
    @Nullable
    Report lastThatCountsUnless(@Nullable UUID known) {
        String condition = " where id = (select id from pocketbase_run where outcome <> 'failed' and not (dry_run and"
                + " report::jsonb ->> 'trigger' = '" + Report.BY_HAND + "')" + NEWEST_FIRST + " limit 1)"
                + " and id is distinct from ?";
        List<Report> found = sql.run(connection -> read(connection, condition, known));
        return found.isEmpty() ? null : found.getFirst();
    }

    /** Takes out what the reports say about a tenant. */
    void forget(UUID tenantId) {
        sql.run(connection -> {
            for (Report report : read(connection, NEWEST_FIRST + " for update")) {
                Report others = report.without(Set.of(tenantId));
                if (others.lines().size() < report.lines().size()) {
                    replace(connection, others);
                }
            }
            return true;
        });
    }

    private @Nullable Report first(String condition) {
        List<Report> found = sql.run(connection -> read(connection, condition + NEWEST_FIRST + " limit 1"));
        return found.isEmpty() ? null : found.getFirst();
    }

    private List<Report> read(Connection connection, String rest, @Nullable UUID... ids) throws SQLException {
        List<Report> found = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement("select report from pocketbase_run" + rest)) {
            for (int i = 0; i < ids.length; i++) {
                query.setObject(i + 1, ids[i], Types.OTHER);
            }
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    found.add(json.readValue(row.getString(1), Report.class));
                }
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A stored report cannot be read", e);
        }
        return found;
    }

    private void replace(Connection connection, Report report) throws SQLException {
        try (PreparedStatement update = connection
                .prepareStatement("update pocketbase_run set report = ? where id = ?")) {
            update.setString(1, json.valueToTree(report).toString());
            update.setObject(2, report.id());
            update.executeUpdate();
        }
    }
}
