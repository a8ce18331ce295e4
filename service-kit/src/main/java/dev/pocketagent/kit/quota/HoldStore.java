package dev.pocketagent.kit.quota;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import jakarta.transaction.Transactional.TxType;

import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * The rows of holds, inside a transaction whose row scope covers the tenant. Every change names what it changes from, so that
 * several may settle the same row: who comes late changes nothing. Plain JDBC: {@code kit.db.RowScope} says why.
 */
@ApplicationScoped
@Transactional(TxType.MANDATORY)
class HoldStore {

    private static final String COLUMNS = "holder, tenant_id, wanted, open_id, confirmed_id, confirmed, version, tries,"
            + " trouble";

    private final EntityManager database;
    private final ObjectMapper json;
    private final Clock clock;

    @Inject
    HoldStore(EntityManager database, ObjectMapper json, Clock clock) {
        this.database = database;
        this.json = json;
        this.clock = clock;
    }

    Optional<Hold> find(String holder) {
        return list("where holder = ?", holder).stream().findFirst();
    }

    /** As {@link #find}, and nobody changes it before the transaction ends. */
    Optional<Hold> lock(String holder) {
        return list("where holder = ? for update", holder).stream().findFirst();
    }

    /**
     * Writes what a thing takes from now on.
     *
     * @param open taken for it before; null when that was not needed
     */
    void want(String holder, UUID tenantId, Amounts wanted, @Nullable UUID open) {
        change("insert into quota_hold as h (holder, tenant_id, wanted, open_id, version, next_try)"
                + " values (?, ?, ?::jsonb, ?::uuid, ?, ?) on conflict (holder) do update set wanted = excluded.wanted,"
                + " open_id = coalesce(excluded.open_id, h.open_id), version = greatest(h.version + 1, excluded.version),"
                + " next_try = excluded.next_try, tries = 0, trouble = null", holder, tenantId, wanted, open, first(),
                clock.instant());
    }

    /** Adds a row for a thing that has none. */
    boolean adopt(String holder, UUID tenantId, Amounts wanted) {
        return change("insert into quota_hold (holder, tenant_id, wanted, version, next_try)"
                + " values (?, ?, ?::jsonb, ?, ?) on conflict (holder) do nothing", holder, tenantId, wanted, first(),
                clock.instant());
    }

    /** Writes that a thing is gone; false when nothing was known of it. */
    boolean gone(String holder) {
        return change("update quota_hold set wanted = null, version = version + 1, next_try = ?, tries = 0,"
                + " trouble = null where holder = ? and wanted is not null", clock.instant(), holder);
    }

    /**
     * Writes what a thing really takes.
     *
     * @param wanted null when it is gone
     */
    boolean correct(Hold seen, @Nullable Amounts wanted) {
        return change("update quota_hold set wanted = ?::jsonb, version = version + 1, next_try = ?, tries = 0,"
                + " trouble = null where holder = ? and version = ?", wanted, clock.instant(), seen.holder(),
                seen.version());
    }

    void forget(UUID tenantId) {
        change("delete from quota_hold where tenant_id = ?", tenantId);
    }

    /** The open reservation of a hold is confirmed. */
    boolean openConfirmed(Hold seen, Hold.Confirmed confirmed) {
        return change("update quota_hold set confirmed_id = open_id, confirmed = ?::jsonb, open_id = null,"
                + " version = version + 1, checked_at = ? where holder = ? and open_id = ?", confirmed.amounts(),
                clock.instant(), seen.holder(), confirmed.id());
    }

    /** The open reservation of a hold has ended without being confirmed. */
    boolean openEnded(Hold seen, UUID open) {
        return change("update quota_hold set open_id = null, version = version + 1 where holder = ? and open_id = ?",
                seen.holder(), open);
    }

    /** Another reservation is confirmed in place of the one that was seen; whatever is wanted by now. */
    boolean confirmed(Hold seen, Hold.Confirmed confirmed) {
        return change("update quota_hold set confirmed_id = ?, confirmed = ?::jsonb, version = version + 1,"
                + " checked_at = ? where holder = ? and confirmed_id is not distinct from ?::uuid", confirmed.id(),
                confirmed.amounts(), clock.instant(), seen.holder(), confirmedId(seen));
    }

    /** The registry does not have the confirmed reservation any more. */
    boolean lost(Hold seen) {
        return change("update quota_hold set confirmed_id = null, confirmed = null, version = version + 1,"
                + " next_try = ?, tries = 0, trouble = null where holder = ? and confirmed_id = ?::uuid",
                clock.instant(), seen.holder(), confirmedId(seen));
    }

    /** What was asked for in the name of this version came to nothing: the next one is another question. */
    boolean renew(Hold seen) {
        return change("update quota_hold set version = version + 1 where holder = ? and version = ?", seen.holder(),
                seen.version());
    }

    boolean settled(Hold seen) {
        return change("update quota_hold set next_try = null, tries = 0, trouble = null where holder = ?"
                + " and version = ?", seen.holder(), seen.version());
    }

    /** It is there no more, and nothing is held for it. */
    boolean remove(Hold seen) {
        return change("delete from quota_hold where holder = ? and version = ? and wanted is null", seen.holder(),
                seen.version());
    }

    boolean postpone(Hold seen, Duration pause, String trouble) {
        return change("update quota_hold set next_try = ?, tries = tries + 1, trouble = ? where holder = ?"
                + " and version = ?", clock.instant().plus(pause), trouble, seen.holder(), seen.version());
    }

    /**
     * Takes the row that is due for longest, and lets nobody else have it for a while. Open reservations come before all else,
     * since they expire: a thousand things that were just found must not hold them up.
     */
    Optional<String> claim(Duration lease) {
        Instant now = clock.instant();
        return query("update quota_hold set next_try = ? where holder = (select holder from quota_hold"
                + " where next_try <= ? order by (open_id is null), next_try limit 1 for update skip locked) returning holder",
                row -> row.getString(1), now.plus(lease), now).stream().findFirst();
    }

    /** Settled holds that the registry was not asked about since then, oldest first. */
    List<Hold> uncheckedSince(Instant then, int most) {
        return list("where next_try is null and checked_at < ? order by checked_at limit ?", then, most);
    }

    /** The registry holds what it should. */
    boolean checked(Hold seen) {
        return change("update quota_hold set checked_at = ? where holder = ? and version = ?", clock.instant(),
                seen.holder(), seen.version());
    }

    /** Rows of one kind in the order of their names, behind this one. */
    List<Hold> page(String kind, String after, int most) {
        return list("where holder > ? and holder like ? and wanted is not null order by holder limit ?", after,
                kind + "/%", most);
    }

    /** Those of these holders that have no row, in the order in which they were named. */
    List<String> withoutRow(List<String> holders) {
        return database.unwrap(Session.class).doReturningWork(connection -> {
            Array names = connection.createArrayOf("text", holders.toArray());
            return query(connection, "select h from unnest(?::text[]) with ordinality as named (h, place)"
                    + " where not exists (select 1 from quota_hold where holder = h) order by place",
                    row -> row.getString(1), names);
        });
    }

    int unsettled() {
        return query("select count(*) from quota_hold where next_try is not null", row -> row.getInt(1)).getFirst();
    }

    /** Microseconds: what a thing's first row begins to count from. */
    private long first() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    }

    private static @Nullable UUID confirmedId(Hold seen) {
        Hold.Confirmed confirmed = seen.confirmed();
        return confirmed == null ? null : confirmed.id();
    }

    private List<Hold> list(String where, @Nullable Object... parameters) {
        return query("select " + COLUMNS + " from quota_hold " + where, this::read, parameters);
    }

    private Hold read(ResultSet row) throws SQLException {
        UUID confirmedId = row.getObject("confirmed_id", UUID.class);
        Amounts confirmed = amounts(row.getString("confirmed"));
        return new Hold(row.getString("holder"), row.getObject("tenant_id", UUID.class),
                amounts(row.getString("wanted")), row.getObject("open_id", UUID.class),
                confirmedId == null || confirmed == null ? null : new Hold.Confirmed(confirmedId, confirmed),
                row.getLong("version"), row.getInt("tries"), row.getString("trouble"));
    }

    private @Nullable Amounts amounts(@Nullable String text) {
        try {
            return text == null ? null : Amounts.of(json.readTree(text));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The database gives back JSON as it got it", e);
        }
    }

    private interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    private <T> List<T> query(String sql, Row<T> row, @Nullable Object... parameters) {
        return database.unwrap(Session.class).doReturningWork(connection -> query(connection, sql, row, parameters));
    }

    private static <T> List<T> query(Connection connection, String sql, Row<T> row, @Nullable Object... parameters)
            throws SQLException {
        try (PreparedStatement query = prepared(connection, sql, parameters); ResultSet result = query.executeQuery()) {
            List<T> found = new ArrayList<>();
            while (result.next()) {
                found.add(row.read(result));
            }
            return found;
        }
    }

    private boolean change(String sql, @Nullable Object... parameters) {
        return database.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement change = prepared(connection, sql, parameters)) {
                return change.executeUpdate() > 0;
            }
        });
    }

    private static PreparedStatement prepared(Connection connection, String sql, @Nullable Object... parameters)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.length; i++) {
            Object value = parameters[i];
            statement.setObject(i + 1, switch (value) {
                case Instant time -> time.atOffset(ZoneOffset.UTC);
                case Amounts amounts -> amounts.json().toString();
                case null, default -> value;
            });
        }
        return statement;
    }
}
