package dev.pocketagent.registry.webhook;

import java.net.URI;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.secret.SecretException;
import dev.pocketagent.kit.secret.Secrets;
import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.audit.Actor;
import dev.pocketagent.registry.audit.AuditLog;

/**
 * The queue in the database, shared by all replicas; {@link FanOut} fills it. Every method is a short transaction of its own
 * that sees all tenants' rows. Locks are taken in the order webhook, delivery.
 */
@ApplicationScoped
class DeliveryQueue {

    /** What became of a delivery by an attempt. */
    enum Became {
        DELIVERED, RETRIED, DEAD,
        /** Dead, and its webhook is disabled. */
        DISABLED,
        /** Nothing: the delivery was erased, or another replica has it. */
        LOST
    }

    private static final int PRUNED_AT_ONCE = 1000;
    private static final int WEBHOOKS_AT_ONCE = 100;
    private static final UUID FIRST = new UUID(0, 0);
    private static final UUID LAST = new UUID(-1, -1);

    private final RowScope rows;
    private final Sql sql;
    private final Secrets secrets;
    private final AuditLog audit;
    private final ObjectMapper json;
    private final Clock clock;
    private final WebhookConfig config;
    private final RetrySchedule schedule;
    private final Duration lease;
    /** The webhook that was served last: the next claim begins behind it, so that none waits for ever. */
    private volatile UUID turn = FIRST;

    @Inject
    DeliveryQueue(RowScope rows, Sql sql, Secrets secrets, AuditLog audit, ObjectMapper json, Clock clock,
            WebhookConfig config) {
        this.rows = rows;
        this.sql = sql;
        this.secrets = secrets;
        this.audit = audit;
        this.json = json;
        this.clock = clock;
        this.config = config;
        this.schedule = RetrySchedule.of(config);
        Duration shortest = config.timeout().multipliedBy(2);
        this.lease = config.lease().compareTo(shortest) < 0 ? shortest : config.lease();
    }

    /**
     * Takes due deliveries for this process, a few of each webhook and round about the webhooks.
     *
     * @param most how many at most
     */
    List<Claimed> claim(int most) {
        return rows.inAllTenants(() -> sql.run(connection -> {
            UUID from = turn;
            List<UUID> ids = due(connection, from, LAST, most);
            if (ids.size() < most) {
                ids.addAll(due(connection, FIRST, from, most - ids.size()));
            }
            return ids.isEmpty() ? List.<Claimed>of() : take(connection, ids);
        }));
    }

    private List<UUID> due(Connection connection, UUID after, UUID upTo, int most) throws SQLException {
        // The recursion steps from one webhook with something waiting to the next by the index, whatever waits behind each.
        // LATERAL with LIMIT keeps the planner at going step by step, in order, and no further than asked: 11 us a step.
        try (PreparedStatement query = connection.prepareStatement("""
                with recursive waiting(id) as (
                    (select webhook_id from webhook_delivery
                     where state = 'pending' and webhook_id > ? order by webhook_id limit 1)
                    union all
                    select (select d.webhook_id from webhook_delivery d
                            where d.state = 'pending' and d.webhook_id > waiting.id order by d.webhook_id limit 1)
                    from waiting where waiting.id is not null and waiting.id < ?)
                select due.id, w.id from waiting
                cross join lateral (
                    select w.id from webhook w where w.id = waiting.id and w.id <= ? and w.enabled
                        and (w.not_before is null or w.not_before <= ?) limit 1) as w
                cross join lateral (
                    select d.id from webhook_delivery d
                    where d.webhook_id = w.id and d.state = 'pending' and d.next_attempt_at <= ?
                        and (d.leased_until is null or d.leased_until <= ?)
                    order by d.next_attempt_at, d.event_seq
                    limit greatest(0, ? - (select count(*) from webhook_delivery r
                                           where r.webhook_id = w.id and r.leased_until > ?))
                    for update of d skip locked) as due
                limit ?""")) {
            OffsetDateTime now = time(clock.instant());
            query.setObject(1, after);
            query.setObject(2, upTo);
            query.setObject(3, upTo);
            query.setObject(4, now);
            query.setObject(5, now);
            query.setObject(6, now);
            query.setInt(7, config.concurrencyPerWebhook());
            query.setObject(8, now);
            query.setInt(9, most);
            List<UUID> ids = new ArrayList<>();
            try (ResultSet found = query.executeQuery()) {
                while (found.next()) {
                    ids.add(found.getObject(1, UUID.class));
                    turn = found.getObject(2, UUID.class);
                }
            }
            return ids;
        }
    }

    private List<Claimed> take(Connection connection, List<UUID> ids) throws SQLException {
        Instant now = clock.instant();
        Object[] wanted = ids.toArray();
        try (PreparedStatement lend = connection.prepareStatement("update webhook_delivery set leased_until = ?,"
                + " attempts = attempts + 1 where id = any (?)")) {
            lend.setObject(1, time(now.plus(lease)));
            lend.setArray(2, connection.createArrayOf("uuid", wanted));
            lend.executeUpdate();
        }
        Map<UUID, List<byte[]>> opened = new HashMap<>();
        try (PreparedStatement query = connection.prepareStatement("""
                select d.id, w.id, w.tenant_id, w.url, d.attempts, d.event_id, d.type, e.data, d.event_seq,
                       d.about_tenant_id, coalesce(e.at, d.created_at), w.secret,
                       case when w.old_secret_until > ? then w.old_secret end
                from webhook_delivery d join webhook w on w.id = d.webhook_id left join event e on e.seq = d.event_seq
                where d.id = any (?) order by d.next_attempt_at, d.event_seq""")) {
            query.setObject(1, time(now));
            query.setArray(2, connection.createArrayOf("uuid", wanted));
            List<Claimed> claimed = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    UUID webhookId = row.getObject(2, UUID.class);
                    UUID owner = row.getObject(3, UUID.class);
                    byte[] secret = row.getBytes(12);
                    byte[] old = row.getBytes(13);
                    claimed.add(new Claimed(row.getObject(1, UUID.class), webhookId, owner,
                            URI.create(row.getString(4)), row.getInt(5), row.getObject(6, UUID.class),
                            row.getString(7), data(row.getString(8), webhookId), row.getObject(9, Long.class),
                            row.getObject(10, UUID.class), row.getObject(11, OffsetDateTime.class).toInstant(),
                            opened.computeIfAbsent(webhookId, id -> open(owner, id, secret, old))));
                }
            }
            return claimed;
        }
    }

    private JsonNode data(@Nullable String stored, UUID webhookId) {
        try {
            return stored == null
                    ? json.createObjectNode().put("webhookId", webhookId.toString())
                    : json.readTree(stored);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The database takes only JSON as data", e);
        }
    }

    private List<byte[]> open(@Nullable UUID owner, UUID webhookId, byte[] secret, byte @Nullable [] old) {
        try {
            String field = Webhook.secretField(webhookId);
            byte[] present = secrets.open(owner, field, secret);
            return old == null ? List.of(present) : List.of(present, secrets.open(owner, field, old));
        } catch (SecretException e) {
            return List.of();
        }
    }

    /** Lets another replica go on at once, because this process stops in the middle of an attempt. */
    void letGo(Claimed claimed) {
        rows.inAllTenants(() -> sql.run(connection -> update(connection, "update webhook_delivery set leased_until ="
                + " null, attempts = attempts - 1 where id = ? and attempts = ? and state = 'pending'", claimed.id(),
                claimed.attempt())));
    }

    /** Writes down how an attempt ended, unless the delivery is not this process's any more. */
    Became finish(Claimed claimed, Verdict verdict) {
        return rows.inAllTenants(() -> sql.run(connection -> switch (verdict) {
            case Verdict.Delivered(int status) -> delivered(connection, claimed, status);
            case Verdict.Gone() -> failed(connection, claimed, Verdict.GONE, "answered 410: gone", Duration.ZERO);
            case Verdict.Failed(Integer status, String error, String retryAfter) -> failed(connection, claimed, status,
                    error, schedule.asked(retryAfter, clock.instant()));
        }));
    }

    private Became delivered(Connection connection, Claimed claimed, int status) throws SQLException {
        update(connection, "update webhook set failing_since = null, not_before = null where id = ?"
                + " and (failing_since is not null or not_before is not null)", claimed.webhookId());
        int rows = update(connection, "update webhook_delivery set state = 'delivered', last_status = ?,"
                + " last_error = null, ended_at = ?, next_attempt_at = null, leased_until = null"
                + " where id = ? and attempts = ? and state = 'pending'", status, time(clock.instant()), claimed.id(),
                claimed.attempt());
        return rows == 1 ? Became.DELIVERED : Became.LOST;
    }

    private Became failed(Connection connection, Claimed claimed, @Nullable Integer status, String error,
            Duration asked) throws SQLException {
        Instant now = clock.instant();
        Standing webhook = standing(connection, claimed.webhookId());
        if (webhook == null) {
            return Became.LOST;
        }
        boolean isGone = status != null && status == Verdict.GONE;
        Instant since = webhook.failingSince == null ? now : webhook.failingSince;
        boolean isTooLong = !since.plus(config.disableAfter()).isAfter(now);
        Optional<Duration> wait = claimed.isTest() || isGone || isTooLong || !webhook.enabled
                ? Optional.empty()
                : schedule.after(claimed.attempt(), asked);
        int rows = update(connection, "update webhook_delivery set state = ?, last_status = ?, last_error = ?,"
                + " ended_at = ?, next_attempt_at = ?, leased_until = null"
                + " where id = ? and attempts = ? and state = 'pending'", wait.isPresent() ? "pending" : "dead", status,
                error, wait.isPresent() ? null : time(now), wait.map(time -> time(now.plus(time))).orElse(null),
                claimed.id(), claimed.attempt());
        if (rows == 0) {
            return Became.LOST;
        }
        if (!webhook.enabled || claimed.isTest() && !isGone) {
            return Became.DEAD;
        }
        if (isGone || isTooLong) {
            disable(connection, claimed, isGone
                    ? "The endpoint answered 410 Gone."
                    : "Every attempt failed for " + words(config.disableAfter()) + ".");
            return Became.DISABLED;
        }
        update(connection, "update webhook set failing_since = ?, not_before = greatest(not_before, ?) where id = ?",
                time(since), asked.isZero() ? null : time(now.plus(asked)), claimed.webhookId());
        return wait.isPresent() ? Became.RETRIED : Became.DEAD;
    }

    private record Standing(boolean enabled, @Nullable Instant failingSince) {}

    private static @Nullable Standing standing(Connection connection, UUID webhookId) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(
                "select enabled, failing_since from webhook where id = ? for no key update")) {
            query.setObject(1, webhookId);
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    return null;
                }
                OffsetDateTime since = row.getObject(2, OffsetDateTime.class);
                return new Standing(row.getBoolean(1), since == null ? null : since.toInstant());
            }
        }
    }

    private void disable(Connection connection, Claimed claimed, String reason) throws SQLException {
        OffsetDateTime now = time(clock.instant());
        update(connection, "update webhook set enabled = false, disabled_at = ?, disabled_reason = ?, updated_at = ?,"
                + " version = version + 1 where id = ?", now, reason, now, claimed.webhookId());
        Deliveries.giveUp(connection, claimed.webhookId(), clock.instant());
        audit.append(claimed.owner(), Actor.SYSTEM, "webhook.disable", "webhook/" + claimed.webhookId(),
                Map.of("reason", reason));
    }

    private static String words(Duration time) {
        return time.toDays() > 0 ? time.toDays() + " days" : time.toMillis() + " ms";
    }

    /** Deletes ended deliveries that are kept long enough, a batch in each transaction. */
    int prune() {
        Instant oldest = clock.instant().minus(config.keep());
        int all = 0;
        int batch;
        do {
            batch = rows.inAllTenants(() -> sql.run(connection -> update(connection, "delete from webhook_delivery"
                    + " where id = any (array(select id from webhook_delivery where ended_at < ? order by ended_at"
                    + " limit " + PRUNED_AT_ONCE + " for update skip locked))", time(oldest))));
            all += batch;
        } while (batch == PRUNED_AT_ONCE);
        return all;
    }

    /**
     * Ends what still waits for disabled webhooks: a fan-out may add it at the moment when its webhook is disabled, and a
     * replica may die with it under way.
     *
     * @return how many deliveries that were
     */
    int giveUpOfDisabled() {
        Instant now = clock.instant();
        return rows.inAllTenants(() -> sql.run(connection -> {
            // Locked, so that none is enabled meanwhile; one that is changed just now has the next round.
            List<UUID> disabled = new ArrayList<>();
            try (PreparedStatement query = connection.prepareStatement("select w.id from webhook w where not w.enabled"
                    + " and exists (select from webhook_delivery d where d.webhook_id = w.id and d.state = 'pending'"
                    + " and (d.leased_until is null or d.leased_until <= ?)) order by w.id limit " + WEBHOOKS_AT_ONCE
                    + " for no key update skip locked")) {
                query.setObject(1, time(now));
                try (ResultSet row = query.executeQuery()) {
                    while (row.next()) {
                        disabled.add(row.getObject(1, UUID.class));
                    }
                }
            }
            int ended = 0;
            for (UUID webhook : disabled) {
                ended += Deliveries.giveUp(connection, webhook, now);
            }
            return ended;
        }));
    }

    /** How many deliveries are in a state. */
    long count(String state) {
        return rows.inAllTenants(() -> sql.run(connection -> number(connection,
                "select count(*) from webhook_delivery where state = '" + state + "'")));
    }

    static long number(Connection connection, String query) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(query);
                ResultSet row = statement.executeQuery()) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    static int update(Connection connection, String change, @Nullable Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(change)) {
            for (int i = 0; i < values.length; i++) {
                Object value = values[i];
                statement.setObject(i + 1, value);
            }
            return statement.executeUpdate();
        }
    }

    static OffsetDateTime time(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
