package dev.pocketagent.registry.tenant;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.plan.LimitOverrides;

/**
 * Pages of tenants. Plain SQL straight into what is shown: as entities, fifty tenants a page cost more in snapshots and
 * checks for changes than everything else in the request.
 */
@ApplicationScoped
class TenantList {

    /**
     * What a list asks for.
     *
     * @param search    begin of slug or name, in any case
     * @param overQuota only those that are, or are not
     */
    record Filter(@Nullable String search, @Nullable TenantState state, @Nullable String plan,
            @Nullable Boolean overQuota) {

        boolean over() {
            return Boolean.TRUE.equals(overQuota);
        }

        /** The column that the list goes by: few are over their quota, and one index has those in the order of slugs. */
        String slug() {
            return over() ? "q.slug" : "t.slug";
        }
    }

    /**
     * The subquery looks into the small index of those over their quota; a join would fetch each tenant's row from all over
     * the table of quotas, and {@code exists} is planned as a hash of all who are over.
     */
    private static final String COLUMNS = """
            select t.id, t.slug, t.name, t.plan, t.plan_version, t.overrides, t.external_ids,
                   coalesce((select true from quota o where o.tenant_id = t.id and o.over), false), t.state, t.reason,
                   t.state_changed_at, t.state_changed_by, t.purge_after, t.created_at, t.updated_at, t.version""";
    /** The last code point: behind every text that goes on after a prefix. */
    private static final String LAST = Character.toString(Character.MAX_CODE_POINT);

    private final Sql sql;

    @Inject
    TenantList(Sql sql) {
        this.sql = sql;
    }

    /**
     * Tenants in the order of their slugs. Of a search, first those whose slug begins so, then those whose name does, in the
     * order of their names: each part is one range of an index and ends with the page. Both conditions at once would have to
     * find and sort all that match, one second for two letters among a million tenants.
     *
     * @param afterSlug only those behind it
     */
    @Transactional(Transactional.TxType.MANDATORY)
    List<TenantView> page(Filter filter, @Nullable String afterSlug, int rows) {
        return sql.run(connection -> page(connection, filter, afterSlug, rows));
    }

    private static List<TenantView> page(Connection connection, Filter filter, @Nullable String afterSlug, int rows)
            throws SQLException {
        if (filter.search != null || afterSlug != null || filter.over()) {
            readInOrder(connection);
        }
        if (filter.search == null) {
            return bySlug(connection, new Query(filter), afterSlug, rows);
        }
        // Ranges and no LIKE: below row-level security only leakproof operators may use an index.
        String from = filter.search.toLowerCase(Locale.ROOT);
        String to = from + LAST;
        List<TenantView> found = new ArrayList<>();
        boolean inNames = afterSlug != null && !afterSlug.startsWith(from);
        if (!inNames) {
            found.addAll(bySlug(connection,
                    new Query(filter).and(filter.slug() + " >= ?", from).and(filter.slug() + " < ?", to), afterSlug,
                    rows));
        }
        if (found.size() < rows) {
            found.addAll(byName(connection, filter, from, to, inNames ? afterSlug : null, rows - found.size()));
        }
        return found;
    }

    private static List<TenantView> bySlug(Connection connection, Query query, @Nullable String afterSlug, int rows)
            throws SQLException {
        String slug = query.filter.slug();
        return (afterSlug == null ? query : query.and(slug + " > ?", afterSlug)).run(connection, slug, rows);
    }

    /** Those whose slug begins so as well were there before. */
    private static List<TenantView> byName(Connection connection, Filter filter, String from, String to,
            @Nullable String afterSlug, int rows) throws SQLException {
        Query query = new Query(filter).and("t.name_lower >= ?", from).and("t.name_lower < ?", to)
                .and("not (t.slug >= ? and t.slug < ?)", from, to);
        if (afterSlug != null) {
            String afterName = nameOf(connection, afterSlug);
            query.and("t.name_lower >= ?", afterName).and("(t.name_lower > ? or t.slug > ?)", afterName, afterSlug);
        }
        return query.run(connection, "t.name_lower, t.slug", rows);
    }

    private static String nameOf(Connection connection, String slug) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("select name_lower from tenant where slug = ?")) {
            query.setString(1, slug);
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    throw ProblemException.invalid("?cursor", "is not a cursor of this list");
                }
                return row.getString(1);
            }
        }
    }

    /**
     * Takes away the planner's choice to find all that match and sort them, until the transaction ends. It guesses from a
     * histogram how many words lie between two texts, and words crowd together: 40 instead of 15,000 tenants for three
     * letters, of which it then sorted all, 240 ms for a page.
     */
    private static void readInOrder(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("set local enable_sort = off");
        }
    }

    /** Conditions with their values, in order. */
    private static final class Query {
        private final Filter filter;
        private final StringBuilder where = new StringBuilder();
        private final List<Object> values = new ArrayList<>();

        Query(Filter filter) {
            this.filter = filter;
            if (filter.state != null) {
                and("t.state = ?", filter.state.text());
            }
            if (filter.plan != null) {
                and("t.plan = ?", filter.plan);
            }
            if (filter.over()) {
                and("q.over");
            } else if (filter.overQuota != null) {
                and("not exists (select 1 from quota o where o.tenant_id = t.id and o.over)");
            }
        }

        Query and(String condition, Object... more) {
            where.append(where.isEmpty() ? " where " : " and ").append(condition);
            values.addAll(List.of(more));
            return this;
        }

        List<TenantView> run(Connection connection, String order, int rows) throws SQLException {
            String from = filter.over()
                    ? " from quota q join tenant t on t.id = q.tenant_id"
                    : " from tenant t";
            try (PreparedStatement query = connection
                    .prepareStatement(COLUMNS + from + where + " order by " + order + " limit ?")) {
                int at = 1;
                for (Object value : values) {
                    query.setObject(at++, value);
                }
                query.setInt(at, rows);
                try (ResultSet row = query.executeQuery()) {
                    List<TenantView> found = new ArrayList<>(rows);
                    while (row.next()) {
                        found.add(view(row));
                    }
                    return found;
                }
            }
        }
    }

    private static TenantView view(ResultSet row) throws SQLException {
        String overrides = row.getString(6);
        return new TenantView(row.getObject(1, UUID.class), row.getString(2), row.getString(3), row.getString(4),
                row.getInt(5), overrides == null ? null : LimitOverrides.parse(overrides),
                TextMap.parse(row.getString(7)), row.getBoolean(8), row.getString(9), row.getString(10),
                Sql.instant(row, 11), row.getObject(12, UUID.class), Sql.instant(row, 13), instant(row, 14),
                instant(row, 15), row.getLong(16));
    }

    private static Instant instant(ResultSet row, int column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }
}
