package dev.pocketagent.kit.event;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Objects;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;

import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/** How far each consumer has come, inside the caller's transaction. Plain JDBC: {@code kit.db.RowScope} says why. */
@ApplicationScoped
class Cursors {

    private final EntityManager database;

    @Inject
    Cursors(EntityManager database) {
        this.database = database;
    }

    /** Where a consumer is; null when it is new. */
    @Nullable
    Place read(String consumer) {
        return database.unwrap(Session.class).doReturningWork(connection -> find(connection, consumer, ""));
    }

    /** Lets a new consumer begin; does nothing when another replica has done so. */
    void begin(String consumer, Place place) {
        database.unwrap(Session.class).doWork(connection -> {
            try (PreparedStatement insert = connection.prepareStatement(
                    "insert into event_cursor (consumer, seq, seen_seq, seen_id)"
                            + " values (?, ?, ?, ?) on conflict (consumer) do nothing")) {
                insert.setString(1, consumer);
                insert.setLong(2, place.seq());
                insert.setLong(3, place.seq());
                insert.setObject(4, place.seen(), java.sql.Types.OTHER);
                insert.executeUpdate();
            }
        });
    }

    /** As {@link #read} of one that has begun, and nobody moves it before the transaction ends. */
    Place lock(String consumer) {
        Place place = database.unwrap(Session.class)
                .doReturningWork(connection -> find(connection, consumer, " for update"));
        return Objects.requireNonNull(place, "begun before");
    }

    private static @Nullable Place find(Connection connection, String consumer, String lock) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(
                "select seq, case when seen_seq = seq then seen_id end from event_cursor where consumer = ?" + lock)) {
            query.setString(1, consumer);
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? new Place(row.getLong(1), row.getObject(2, UUID.class)) : null;
            }
        }
    }

    void move(String consumer, Place place) {
        database.unwrap(Session.class).doWork(connection -> {
            try (PreparedStatement update = connection.prepareStatement(
                    "update event_cursor set seq = ?, seen_seq = ?, seen_id = ? where consumer = ?")) {
                update.setLong(1, place.seq());
                update.setLong(2, place.seq());
                update.setObject(3, place.seen(), java.sql.Types.OTHER);
                update.setString(4, consumer);
                update.executeUpdate();
            }
        });
    }
}
