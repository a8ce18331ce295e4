package dev.pocketagent.registry.webhook;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.tenant.TenantPurged;

/** Deliveries as people look at them and send them again, inside a transaction whose row scope says which are seen. */
@ApplicationScoped
class Deliveries {

    /** Type of the deliveries that {@link #test} makes; no event of the feed has it. */
    static final String TEST = "webhook.test";

    private static final String COLUMNS = "id, webhook_id, event_seq, event_id, type, state, attempts,"
            + " next_attempt_at, last_status, last_error, created_at, ended_at";

    private final Sql sql;
    private final Clock clock;

    @Inject
    Deliveries(Sql sql, Clock clock) {
        this.sql = sql;
        this.clock = clock;
    }

    /**
     * What a replay queued.
     *
     * @param last the last event that it looked at, when there may be more behind it
     */
    record Requeued(int count, @Nullable Long last) {}

    /** A webhook's deliveries, newest first. */
    List<DeliveryView> page(UUID webhookId, @Nullable String state, @Nullable UUID before, int rows) {
        return sql.run(connection -> {
            try (PreparedStatement query = connection.prepareStatement("select " + COLUMNS + " from webhook_delivery"
                    + " where webhook_id = ?" + (before == null ? "" : " and id < ?")
                    + (state == null ? "" : " and state = '" + state + "'") + " order by id desc limit ?")) {
                int place = 1;
                query.setObject(place++, webhookId);
                if (before != null) {
                    query.setObject(place++, before);
                }
                query.setInt(place, rows);
                return views(query);
            }
        });
    }

    Optional<DeliveryView> find(UUID webhookId, UUID id) {
        return sql.run(connection -> {
            try (PreparedStatement query = connection.prepareStatement("select " + COLUMNS + " from webhook_delivery"
                    + " where webhook_id = ? and id = ?")) {
                query.setObject(1, webhookId);
                query.setObject(2, id);
                return views(query).stream().findFirst();
            }
        });
    }

    private static List<DeliveryView> views(PreparedStatement query) throws SQLException {
        List<DeliveryView> found = new ArrayList<>();
        try (ResultSet row = query.executeQuery()) {
            while (row.next()) {
                String state = row.getString(6);
                found.add(new DeliveryView(row.getObject(1, UUID.class), row.getObject(2, UUID.class),
                        row.getObject(3, Long.class), row.getObject(4, UUID.class), row.getString(5), state,
                        row.getInt(7), instant(row, 8), row.getObject(9, Integer.class), row.getString(10),
                        row.getObject(11, OffsetDateTime.class).toInstant(),
                        state.equals("delivered") ? instant(row, 12) : null));
            }
        }
        return found;
    }

    private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    /** Queues a delivery that is no event, to see whether the endpoint takes it. */
    UUID test(Webhook webhook) {
        UUID id = Ids.next(clock);
        OffsetDateTime now = now();
        sql.run(connection -> DeliveryQueue.update(connection, "insert into webhook_delivery (id, webhook_id,"
                + " tenant_id, event_id, type, state, next_attempt_at, created_at)"
                + " values (?, ?, ?, ?, '" + TEST + "', 'pending', ?, ?)", id, webhook.id, webhook.tenantId,
                Ids.next(clock), now, now));
        return id;
    }

    /** Makes a delivery due now, whatever became of it before; one that runs just now is left alone. */
    void retry(UUID id) {
        sql.run(connection -> DeliveryQueue.update(connection, "update webhook_delivery set state = 'pending',"
                + " next_attempt_at = ?, ended_at = null where id = ? and leased_until is null", now(), id));
    }

    /** Queues dead deliveries again with a whole new schedule, oldest event first. */
    Requeued replayDead(UUID webhookId, @Nullable Long afterSeq, @Nullable Instant from, int most) {
        return sql.run(connection -> {
            String range = afterSeq != null ? " and d.event_seq > ?" : from != null ? " and e.at >= ?" : "";
            try (PreparedStatement update = connection.prepareStatement("update webhook_delivery set"
                    + " state = 'pending', attempts = 0, next_attempt_at = ?, ended_at = null where id = any (array("
                    + "select d.id from webhook_delivery d join event e on e.seq = d.event_seq"
                    + " where d.webhook_id = ? and d.state = 'dead'" + range
                    + " order by d.event_seq limit ? for update of d)) returning event_seq")) {
                update.setObject(1, now());
                update.setObject(2, webhookId);
                int place = bound(update, 3, afterSeq, from);
                update.setInt(place, most);
                List<Long> places = new ArrayList<>();
                try (ResultSet row = update.executeQuery()) {
                    while (row.next()) {
                        places.add(row.getLong(1));
                    }
                }
                return new Requeued(places.size(),
                        places.size() < most ? null : places.stream().max(Long::compare).orElse(null));
            }
        });
    }

    /** Queues all events that the webhook asks for, delivered or not; those already waiting stay as they are. */
    Requeued replayAll(Webhook webhook, @Nullable Long afterSeq, @Nullable Instant from, int most) {
        return sql.run(connection -> {
            UUID about = webhook.tenantId == null ? webhook.aboutTenantId : webhook.tenantId;
            record Found(long seq, UUID eventId, String type, @Nullable UUID tenantId) {}
            List<Found> found = new ArrayList<>();
            Long begin = from == null ? null : begin(connection, from);
            if (from != null && begin == null) {
                return new Requeued(0, null);
            }
            try (PreparedStatement query = connection.prepareStatement("select seq, id, type, tenant_id from event"
                    + " where " + (afterSeq != null ? "seq > ?" : "at >= ? and seq >= ?")
                    + " and ? && array['*', split_part(type, '.', 1) || '.*', type]"
                    + (about == null ? "" : " and tenant_id = ?") + " order by seq limit ?")) {
                int place = bound(query, 1, afterSeq, from);
                if (begin != null) {
                    query.setLong(place++, begin);
                }
                query.setArray(place++, connection.createArrayOf("text", webhook.events));
                if (about != null) {
                    query.setObject(place++, about);
                }
                query.setInt(place, most);
                try (ResultSet row = query.executeQuery()) {
                    while (row.next()) {
                        found.add(new Found(row.getLong(1), row.getObject(2, UUID.class), row.getString(3),
                                row.getObject(4, UUID.class)));
                    }
                }
            }
            OffsetDateTime now = now();
            try (PreparedStatement insert = connection.prepareStatement("insert into webhook_delivery (id, webhook_id,"
                    + " tenant_id, about_tenant_id, event_seq, event_id, type, state, next_attempt_at, created_at)"
                    + " values (?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?) on conflict (webhook_id, event_seq) do update"
                    + " set state = 'pending', attempts = 0, next_attempt_at = excluded.next_attempt_at,"
                    + " ended_at = null where webhook_delivery.state <> 'pending'")) {
                for (Found event : found) {
                    insert.setObject(1, Ids.next(clock));
                    insert.setObject(2, webhook.id);
                    insert.setObject(3, webhook.tenantId, Types.OTHER);
                    insert.setObject(4, event.tenantId, Types.OTHER);
                    insert.setLong(5, event.seq);
                    insert.setObject(6, event.eventId);
                    insert.setString(7, event.type);
                    insert.setObject(8, now);
                    insert.setObject(9, now);
                    insert.addBatch();
                }
                int queued = 0;
                for (int rows : insert.executeBatch()) {
                    queued += rows;
                }
                return new Requeued(queued, found.size() < most ? null : found.getLast().seq);
            }
        });
    }

    /**
     * The first place in the feed of an event that happened then or later; null when there is none. Places rise with time but
     * for transactions that overlap: an event more than an hour later has none below them all, so that is as far as is looked.
     */
    private static @Nullable Long begin(Connection connection, Instant from) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("""
                with later as materialized (
                    select at from event where at >= ? and seq is not null order by at limit 1),
                near as materialized (
                    select seq from event where at >= (select at from later)
                        and at <= (select at from later) + interval '1 hour' and seq is not null)
                select min(seq) from near""")) {
            query.setObject(1, DeliveryQueue.time(from));
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return row.getObject(1, Long.class);
            }
        }
    }

    private static int bound(PreparedStatement statement, int place, @Nullable Long afterSeq, @Nullable Instant from)
            throws SQLException {
        if (afterSeq != null) {
            statement.setLong(place, afterSeq);
        } else if (from != null) {
            statement.setObject(place, DeliveryQueue.time(from));
        } else {
            return place;
        }
        return place + 1;
    }

    /** Ends everything of a webhook that waits, because it is disabled. Attempts under way end by themselves. */
    void giveUp(UUID webhookId) {
        sql.run(connection -> giveUp(connection, webhookId, clock.instant()));
    }

    static int giveUp(Connection connection, UUID webhookId, Instant now) throws SQLException {
        OffsetDateTime time = DeliveryQueue.time(now);
        return DeliveryQueue.update(connection, "update webhook_delivery set state = 'dead', ended_at = ?,"
                + " next_attempt_at = null, leased_until = null, last_error = coalesce(last_error,"
                + " 'the webhook was disabled') where webhook_id = ? and state = 'pending'"
                + " and (leased_until is null or leased_until <= ?)", time, webhookId, time);
    }

    /** Erases what is kept of a tenant: its own webhooks, and what the platform's were to be told about it. */
    void erase(@Observes TenantPurged gone) {
        sql.run(connection -> {
            DeliveryQueue.update(connection, "delete from webhook where tenant_id = ?", gone.tenantId());
            return DeliveryQueue.update(connection, "delete from webhook_delivery where about_tenant_id = ?",
                    gone.tenantId());
        });
    }

    private OffsetDateTime now() {
        return DeliveryQueue.time(clock.instant().truncatedTo(ChronoUnit.MICROS));
    }
}
