package dev.pocketagent.registry.quota;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.UUID;
import java.util.function.ToIntFunction;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.transaction.Transactional.TxType;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.registry.Sql;

/**
 * The rows of quotas, inside a transaction whose row scope covers the tenant. Order of locks: the tenant, then its quota,
 * then its reservations, then the audit trail. Keys are locked before the quota.
 */
@ApplicationScoped
public class Quotas {

    private static final String ADD = "update quota set "
            + Resource.sql(", ", resource -> "%1$s_used = %1$s_used + ?, %1$s_reserved = %1$s_reserved + ?"
                    .formatted(resource.column()))
            + " where tenant_id = ? and not over and "
            + Resource.sql(" and ", resource -> "? <= %1$s_limit - %1$s_used - %1$s_reserved"
                    .formatted(resource.column()));
    private static final String MOVE = "update quota set "
            + Resource.sql(", ", resource -> "%1$s_used = %1$s_used + ?, %1$s_reserved = %1$s_reserved + ?"
                    .formatted(resource.column()))
            + " where tenant_id = ?";
    /** What lapsed reservations still hold is free, also before anybody has ended them. */
    private static final String READ = "select "
            + Resource.sql(", ",
                    resource -> "%1$s_limit, %1$s_used, %1$s_reserved - coalesce(lapsed.%1$s, 0) as %1$s_held"
                            .formatted(resource.column()))
            + " from quota left join lateral (select "
            + Resource.sql(", ", resource -> "sum(greatest(0, r.%1$s - coalesce(o.%1$s, 0))) as %1$s"
                    .formatted(resource.column()))
            + " from reservation r left join reservation o on o.id = r.replaces where r.tenant_id = quota.tenant_id"
            + " and r.state = 'open' and r.expires_at <= ?) lapsed on true where tenant_id = ?";

    private final Sql sql;
    private final Lapses lapses;
    private final Clock clock;

    @Inject
    Quotas(Sql sql, Lapses lapses, Clock clock) {
        this.sql = sql;
        this.lapses = lapses;
        this.clock = clock;
    }

    /**
     * Takes something for good, if so much is left.
     *
     * @param amount above 0
     */
    @Transactional(TxType.MANDATORY)
    public Outcome take(UUID tenantId, Resource resource, int amount) {
        Amounts asked = Amounts.only(resource, amount);
        if (add(tenantId, asked, Amounts.NONE)) {
            return new Outcome.Granted();
        }
        // What reservations hold beyond their expiry is free, also when the reaper has not come by yet.
        lock(tenantId);
        return add(tenantId, asked, Amounts.NONE) ? new Outcome.Granted() : refusal(tenantId, asked);
    }

    /**
     * Gives back what was taken. Never fails: a key must be revocable whatever the books say.
     *
     * @param amount above 0; more than is used leaves 0
     */
    @Transactional(TxType.MANDATORY)
    public void give(UUID tenantId, Resource resource, int amount) {
        sql.run(connection -> {
            try (PreparedStatement update = connection.prepareStatement(
                    "update quota set %1$s_used = greatest(0, %1$s_used - ?) where tenant_id = ?"
                            .formatted(resource.column()))) {
                update.setInt(1, amount);
                update.setObject(2, tenantId);
                return update.executeUpdate();
            }
        });
    }

    /**
     * Makes all other changes of this tenant's reservations wait until the transaction ends, and ends those that expired.
     */
    @Transactional(TxType.MANDATORY)
    public void lock(UUID tenantId) {
        if (!locked(tenantId, "for update")) {
            throw new IllegalStateException("The tenant " + tenantId + " has no quota, or is not visible");
        }
        giveBack(tenantId, lapses.end(tenantId));
    }

    /** As {@link #lock}, without waiting. Whether it was possible. */
    @Transactional(TxType.MANDATORY)
    public boolean lockIfFree(UUID tenantId) {
        if (!locked(tenantId, "for update skip locked")) {
            return false;
        }
        giveBack(tenantId, lapses.end(tenantId));
        return true;
    }

    private void giveBack(UUID tenantId, Amounts held) {
        if (!held.none()) {
            move(tenantId, resource -> 0, resource -> -held.of(resource));
        }
    }

    /** Holds something for a while, if so much is left. The caller has the lock, and writes down who holds it. */
    @Transactional(TxType.MANDATORY)
    public Outcome reserve(UUID tenantId, Amounts asked) {
        return add(tenantId, Amounts.NONE, asked) ? new Outcome.Granted() : refusal(tenantId, asked);
    }

    /**
     * Turns what is held into what is used. The caller has the lock.
     *
     * @param held what the reservation holds
     * @param amounts what is used from now on
     * @param before what was used in its place until now
     */
    @Transactional(TxType.MANDATORY)
    public void confirm(UUID tenantId, Amounts held, Amounts amounts, Amounts before) {
        move(tenantId, resource -> amounts.of(resource) - before.of(resource), resource -> -held.of(resource));
    }

    /** Gives back what is used and what is held. The caller has the lock. */
    @Transactional(TxType.MANDATORY)
    public void release(UUID tenantId, Amounts used, Amounts held) {
        move(tenantId, resource -> -used.of(resource), resource -> -held.of(resource));
    }

    /** Forgets what a tenant holds: it is gone. */
    @Transactional(TxType.MANDATORY)
    public void clear(UUID tenantId) {
        sql.run(connection -> {
            try (PreparedStatement update = connection.prepareStatement("update quota set " + Resource.sql(", ",
                    resource -> "%1$s_used = 0, %1$s_reserved = 0".formatted(resource.column()))
                    + " where tenant_id = ?")) {
                update.setObject(1, tenantId);
                return update.executeUpdate();
            }
        });
    }

    /** The figures now. */
    @Transactional(TxType.MANDATORY)
    public Quota read(UUID tenantId) {
        return sql.run(connection -> {
            try (PreparedStatement query = connection.prepareStatement(READ)) {
                query.setObject(1, clock.instant().atOffset(ZoneOffset.UTC));
                query.setObject(2, tenantId);
                try (ResultSet row = query.executeQuery()) {
                    if (!row.next()) {
                        throw new IllegalStateException("The tenant " + tenantId + " has no quota, or is not visible");
                    }
                    return new Quota(amounts(row, "_limit"), amounts(row, "_used"), amounts(row, "_held"));
                }
            }
        });
    }

    private static Amounts amounts(ResultSet row, String suffix) throws SQLException {
        int[] found = new int[Resource.values().length];
        for (Resource resource : Resource.values()) {
            found[resource.ordinal()] = row.getInt(resource.column() + suffix);
        }
        return Amounts.each(resource -> found[resource.ordinal()]);
    }

    private Outcome refusal(UUID tenantId, Amounts asked) {
        Quota quota = read(tenantId);
        return quota.over().isEmpty() ? new Outcome.Exceeded(quota, asked) : new Outcome.OverQuota(quota);
    }

    private boolean locked(UUID tenantId, String how) {
        return sql.run(connection -> {
            try (PreparedStatement query = connection
                    .prepareStatement("select 1 from quota where tenant_id = ? " + how)) {
                query.setObject(1, tenantId);
                try (ResultSet row = query.executeQuery()) {
                    return row.next();
                }
            }
        });
    }

    /** The one statement that decides: under any number of callers each sees the row as the one before left it. */
    private boolean add(UUID tenantId, Amounts used, Amounts reserved) {
        Amounts asked = used.plus(reserved);
        return change(ADD, tenantId, used::of, reserved::of, asked) == 1;
    }

    private void move(UUID tenantId, ToIntFunction<Resource> used, ToIntFunction<Resource> reserved) {
        if (change(MOVE, tenantId, used, reserved, null) != 1) {
            throw new IllegalStateException("The tenant " + tenantId + " has no quota, or is not visible");
        }
    }

    private int change(String statement, UUID tenantId, ToIntFunction<Resource> used, ToIntFunction<Resource> reserved,
            @Nullable Amounts asked) {
        return sql.run(connection -> {
            try (PreparedStatement update = connection.prepareStatement(statement)) {
                bind(connection, update, tenantId, used, reserved, asked);
                return update.executeUpdate();
            }
        });
    }

    private static void bind(Connection connection, PreparedStatement update, UUID tenantId,
            ToIntFunction<Resource> used, ToIntFunction<Resource> reserved, @Nullable Amounts asked)
            throws SQLException {
        int place = 1;
        for (Resource resource : Resource.values()) {
            update.setInt(place++, used.applyAsInt(resource));
            update.setInt(place++, reserved.applyAsInt(resource));
        }
        update.setObject(place++, tenantId);
        if (asked != null) {
            for (Resource resource : Resource.values()) {
                update.setInt(place++, asked.of(resource));
            }
        }
    }
}
