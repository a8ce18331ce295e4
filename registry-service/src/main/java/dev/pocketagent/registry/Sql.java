package dev.pocketagent.registry;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.PersistenceException;

import org.jspecify.annotations.Nullable;

import io.agroal.api.AgroalDataSource;

/**
 * Plain SQL for what is appended, streamed or hot, where an entity would only be in the way. Inside a transaction the
 * connection is the transaction's own, the same that Hibernate uses.
 */
@ApplicationScoped
public class Sql {

    /** Work on a connection. */
    public interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    private final AgroalDataSource database;

    @Inject
    Sql(AgroalDataSource database) {
        this.database = database;
    }

    /** Runs the work; an {@link SQLException} comes out wrapped, as Hibernate wraps it. */
    public <T> T run(Work<T> work) {
        try (Connection connection = database.getConnection()) {
            return work.on(connection);
        } catch (SQLException e) {
            throw new PersistenceException(e);
        }
    }

    /** Texts by id: the two columns of a query whose only parameter is the ids, for {@code id = any (?)}. */
    public Map<UUID, String> texts(String query, Set<UUID> ids) {
        return run(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(query)) {
                statement.setArray(1, connection.createArrayOf("uuid", ids.toArray()));
                Map<UUID, String> texts = new HashMap<>();
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        texts.put(row.getObject(1, UUID.class), row.getString(2));
                    }
                }
                return texts;
            }
        });
    }

    /**
     * Makes this transaction read along an index and never all rows. Row-level security is guessed to hide 99 of 100 rows;
     * when it hides none, the planner takes a thousand rows of ten million for so many that it would rather sort them all.
     */
    public void keepToIndexes() {
        run(connection -> {
            try (PreparedStatement settings = connection.prepareStatement("""
                    select set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true),
                           set_config('enable_bitmapscan', 'off', true),
                           set_config('max_parallel_workers_per_gather', '0', true)""")) {
                return settings.execute();
            }
        });
    }

    /** A {@code timestamptz}; null when the column is. */
    public static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
