package dev.pocketagent.registry.webhook;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.event.EventStore;

/** Makes deliveries of the feed's events, in the order of the feed, by a cursor in the database that all replicas share. */
@ApplicationScoped
class FanOut {

    private static final int EVENTS_AT_ONCE = 500;

    private final EventStore events;
    private final RowScope rows;
    private final Sql sql;
    private final Clock clock;
    /** How long the first attempt waits. */
    private final Duration first;

    @Inject
    FanOut(EventStore events, RowScope rows, Sql sql, Clock clock, WebhookConfig config) {
        this.events = events;
        this.rows = rows;
        this.sql = sql;
        this.clock = clock;
        this.first = RetrySchedule.of(config).first();
    }

    /** One delivery to be made of an event. */
    private record Wanted(UUID webhookId, @Nullable UUID owner, @Nullable UUID about, long seq, UUID eventId,
            String type) {}

    /**
     * Makes deliveries of the next events of the feed, for the webhooks that ask for them.
     *
     * @return how many events were looked at; fewer than asked for at once when the feed's end is reached
     */
    int next() {
        long end = events.number();
        return rows.inAllTenants(() -> sql.run(connection -> {
            // The row's lock makes replicas take turns; an event that is committed by then is in this statement's sight.
            long after = DeliveryQueue.number(connection,
                    "select seq from event_cursor where consumer = 'webhooks' for update");
            if (after >= end) {
                return 0;
            }
            long upTo;
            int looked;
            try (PreparedStatement query = connection.prepareStatement("select max(seq), count(*) from (select seq"
                    + " from event where seq > ? order by seq limit " + EVENTS_AT_ONCE + ") as part")) {
                query.setLong(1, after);
                try (ResultSet part = query.executeQuery()) {
                    part.next();
                    upTo = part.getLong(1);
                    looked = part.getInt(2);
                }
            }
            if (looked > 0) {
                add(connection, wanted(connection, after, upTo), clock.instant().plus(first));
                try (PreparedStatement move = connection
                        .prepareStatement("update event_cursor set seq = ? where consumer = 'webhooks'")) {
                    move.setLong(1, upTo);
                    move.executeUpdate();
                }
            }
            return looked;
        }));
    }

    /** How many events {@link #next} looks at in one go at most. */
    static int eventsAtOnce() {
        return EVENTS_AT_ONCE;
    }

    private static List<Wanted> wanted(Connection connection, long after, long upTo) throws SQLException {
        // Two joins instead of one with OR: the tenants' webhooks are found by their index.
        String matching = " and w.enabled and w.after_seq < e.seq"
                + " and w.events && array['*', split_part(e.type, '.', 1) || '.*', e.type]";
        try (PreparedStatement query = connection.prepareStatement("with e as materialized (select seq, id, type,"
                + " tenant_id from event where seq > ? and seq <= ?)"
                + " select w.id, w.tenant_id, e.tenant_id, e.seq, e.id, e.type from e join webhook w"
                + " on w.tenant_id = e.tenant_id" + matching
                + " union all"
                + " select w.id, w.tenant_id, e.tenant_id, e.seq, e.id, e.type from e join webhook w"
                + " on w.tenant_id is null and (w.about_tenant_id is null or w.about_tenant_id = e.tenant_id)"
                + matching + " order by 4, 1")) {
            query.setLong(1, after);
            query.setLong(2, upTo);
            List<Wanted> found = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    found.add(new Wanted(row.getObject(1, UUID.class), row.getObject(2, UUID.class),
                            row.getObject(3, UUID.class), row.getLong(4), row.getObject(5, UUID.class),
                            row.getString(6)));
                }
            }
            return found;
        }
    }

    private void add(Connection connection, List<Wanted> all, Instant due) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("insert into webhook_delivery (id, webhook_id,"
                + " tenant_id, about_tenant_id, event_seq, event_id, type, state, next_attempt_at, created_at)"
                + " values (?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?) on conflict (webhook_id, event_seq) do nothing")) {
            for (Wanted one : all) {
                insert.setObject(1, Ids.next(clock));
                insert.setObject(2, one.webhookId);
                insert.setObject(3, one.owner, Types.OTHER);
                insert.setObject(4, one.about, Types.OTHER);
                insert.setLong(5, one.seq);
                insert.setObject(6, one.eventId);
                insert.setString(7, one.type);
                insert.setObject(8, DeliveryQueue.time(due));
                insert.setObject(9, DeliveryQueue.time(clock.instant()));
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }
}
