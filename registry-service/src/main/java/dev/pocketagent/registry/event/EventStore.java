package dev.pocketagent.registry.event;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.event.Event;
import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.Sql;

/** The feed in the database. Every method is a short transaction of its own. */
@ApplicationScoped
public class EventStore {

    private static final int NUMBERED_AT_ONCE = 1000;

    private final RowScope rows;
    private final Sql sql;
    private final ObjectMapper json;

    @Inject
    EventStore(RowScope rows, Sql sql, ObjectMapper json) {
        this.rows = rows;
        this.sql = sql;
        this.json = json;
    }

    /**
     * Gives committed events their place in the feed, and tells where the feed ends now. Readers take turns, so places are
     * given and become visible in rising order; a rollback leaves a gap, which nobody waits for.
     */
    public long number() {
        return rows.inAllTenants(() -> sql.run(connection -> {
            try (Statement statement = connection.createStatement()) {
                while (first(statement, "select 1 where exists (select from event where seq is null)") == 1) {
                    statement.execute("select pg_advisory_xact_lock(hashtextextended('event-seq', 0))");
                    int numbered = statement.executeUpdate("""
                            update event set seq = numbered.place
                            from (select position, nextval('event_seq') as place
                                  from (select position from event where seq is null order by position
                                        limit %d) as pending) as numbered
                            where event.position = numbered.position""".formatted(NUMBERED_AT_ONCE));
                    if (numbered < NUMBERED_AT_ONCE) {
                        break;
                    }
                }
                return first(statement, "select coalesce(max(seq), 0) from event");
            }
        }));
    }

    /**
     * Events behind a place in the feed, oldest first.
     *
     * <p>Whoever comes to a place was given it by an event that was there, and no event is ever deleted: erasure takes out what
     * it told. (Who deletes old ones one day has to leave the newest.) So the newest event is the feed's end, whatever gaps
     * rollbacks leave behind it in the sequence, and a place beyond it is of a time that a restore took back, also when the
     * feed has grown past that place since and another event stands there.
     *
     * @param seen id of the event at that place; null when the reader does not know it
     * @throws ProblemException {@code cursor_ahead} when the feed never was at that place, or has another event there
     */
    EventPage after(long seq, @Nullable UUID seen, int limit) {
        // Mostly all events have their place, and one short transaction is enough.
        return ifNumbered(seq, seen, limit).orElseGet(() -> {
            long end = number();
            return rows.inAllTenants(() -> sql.run(connection -> page(connection, end, seq, seen, limit)));
        });
    }

    /** Empty when there are events that have no place yet. */
    private Optional<EventPage> ifNumbered(long seq, @Nullable UUID seen, int limit) {
        return rows.inAllTenants(() -> sql.run(connection -> {
            long end;
            try (PreparedStatement query = connection.prepareStatement("select coalesce(max(seq), 0),"
                    + " exists (select from event where seq is null) from event")) {
                try (ResultSet row = query.executeQuery()) {
                    if (!row.next() || row.getBoolean(2)) {
                        return Optional.empty();
                    }
                    end = row.getLong(1);
                }
            }
            return Optional.of(page(connection, end, seq, seen, limit));
        }));
    }

    private EventPage page(Connection connection, long end, long seq, @Nullable UUID seen, int limit)
            throws SQLException {
        if (seq > end) {
            throw new ProblemException(CommonProblem.CURSOR_AHEAD,
                    "The feed ends at " + end + ", and you were at " + seq
                            + ". Take over the present state of what you follow, then go on from the end ('latest').");
        }
        if (seen != null && !isAt(connection, seq, seen)) {
            throw new ProblemException(CommonProblem.CURSOR_AHEAD, "The event that you saw at " + seq
                    + " is not there. Take over the present state of what you follow, then go on from the end"
                    + " ('latest').");
        }
        return read(connection, seq, limit);
    }

    private static boolean isAt(Connection connection, long seq, UUID seen) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("select 1 from event where seq = ? and id = ?")) {
            query.setLong(1, seq);
            query.setObject(2, seen);
            try (ResultSet row = query.executeQuery()) {
                return row.next();
            }
        }
    }

    private EventPage read(Connection connection, long seq, int limit) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(
                "select seq, id, type, tenant_id, at, data from event where seq > ? order by seq limit ?")) {
            query.setLong(1, seq);
            query.setInt(2, limit);
            List<Event> items = new ArrayList<>();
            try (ResultSet found = query.executeQuery()) {
                while (found.next()) {
                    items.add(new Event(found.getLong(1), found.getObject(2, UUID.class), found.getString(3),
                            found.getObject(4, UUID.class), found.getObject(5, OffsetDateTime.class).toInstant(),
                            json.readTree(found.getString(6))));
                }
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("The database takes only JSON as data", e);
            }
            return new EventPage(items, items.isEmpty() ? seq : items.getLast().seq());
        }
    }

    private static long first(Statement statement, String query) throws SQLException {
        try (ResultSet row = statement.executeQuery(query)) {
            return row.next() ? row.getLong(1) : 0;
        }
    }
}
