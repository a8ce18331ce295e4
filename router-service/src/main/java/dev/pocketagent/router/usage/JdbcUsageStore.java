package dev.pocketagent.router.usage;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

import javax.sql.DataSource;

import org.jboss.logging.Logger;

/** Inserts blocks of rows with one statement, but for those of erased tenants. Uses one connection at a time. */
final class JdbcUsageStore implements UsageStore {

    private static final Logger LOG = Logger.getLogger(JdbcUsageStore.class);

    /** An erasure waits for inserts under way before it deletes, and those that come after it know of it. */
    private static final String BEGIN = """
            LOCK TABLE erased_tenant IN SHARE MODE;
            SELECT set_config('pocket.tenant', '*', true)""";

    private static final String INSERT = """
            INSERT INTO model_usage (id, at, tenant_id, key_id, request_id, model, provider, input_tokens, output_tokens,
                                     cost_micros, usage_source, status, duration_ms, streamed)
            SELECT * FROM unnest(?::uuid[], ?::timestamptz[], ?::uuid[], ?::uuid[], ?::text[], ?::text[], ?::text[],
                                 ?::bigint[], ?::bigint[], ?::bigint[], ?::text[], ?::text[], ?::bigint[], ?::boolean[])
                AS come (id, at, tenant_id)
            WHERE NOT EXISTS (SELECT FROM erased_tenant WHERE erased_tenant.tenant_id = come.tenant_id)
            ON CONFLICT (id) DO NOTHING""";

    private final DataSource database;
    private final BooleanSupplier ready;

    /** @param ready whether the schema stands */
    JdbcUsageStore(DataSource database, BooleanSupplier ready) {
        this.database = database;
        this.ready = ready;
    }

    @Override
    public Outcome insert(List<UsageRow> rows) {
        if (!ready.getAsBoolean()) {
            return new Outcome.Away();
        }
        try (var connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try (var begin = connection.createStatement();
                    var insert = connection.prepareStatement(INSERT)) {
                begin.execute(BEGIN);
                fill(connection, insert, rows);
                int added = insert.executeUpdate();
                connection.commit();
                return new Outcome.Stored(added);
            } catch (SQLException e) {
                connection.rollback();
                throw e;
            }
        } catch (SQLException e) {
            var state = e.getSQLState() == null ? "" : e.getSQLState();
            boolean rejected = state.startsWith("22") || state.startsWith("23"); // data exception, integrity violation
            LOG.warnf("Usage: %d rows not stored, they wait on disk: %s", rows.size(), e.getMessage());
            return rejected ? new Outcome.Rejected() : new Outcome.Away();
        }
    }

    private static void fill(Connection connection, PreparedStatement insert, List<UsageRow> rows) throws SQLException {
        array(connection, insert, 1, "uuid", rows, UsageRow::id);
        array(connection, insert, 2, "timestamptz", rows, row -> OffsetDateTime.ofInstant(row.at(), ZoneOffset.UTC));
        array(connection, insert, 3, "uuid", rows, UsageRow::tenantId);
        array(connection, insert, 4, "uuid", rows, UsageRow::keyId);
        array(connection, insert, 5, "text", rows, UsageRow::requestId);
        array(connection, insert, 6, "text", rows, UsageRow::model);
        array(connection, insert, 7, "text", rows, UsageRow::provider);
        array(connection, insert, 8, "bigint", rows, UsageRow::inputTokens);
        array(connection, insert, 9, "bigint", rows, UsageRow::outputTokens);
        array(connection, insert, 10, "bigint", rows, UsageRow::costMicros);
        array(connection, insert, 11, "text", rows, row -> row.source().word());
        array(connection, insert, 12, "text", rows, row -> row.status().word());
        array(connection, insert, 13, "bigint", rows, UsageRow::durationMs);
        array(connection, insert, 14, "boolean", rows, UsageRow::streamed);
    }

    private static void array(Connection connection, PreparedStatement insert, int index, String type,
            List<UsageRow> rows, Function<UsageRow, Object> field) throws SQLException {
        var values = new Object[rows.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = field.apply(rows.get(i));
        }
        insert.setArray(index, connection.createArrayOf(type, values));
    }
}
