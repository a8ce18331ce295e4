package dev.pocketagent.registry.reservation;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.transaction.Transactional.TxType;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.quota.Amounts;
import dev.pocketagent.registry.quota.Resource;

/**
 * The rows of reservations, inside a transaction whose row scope says which are seen. Plain SQL, since quotas change the
 * same rows behind an entity's back.
 */
@ApplicationScoped
@Transactional(TxType.MANDATORY)
class ReservationStore {

    private static final String COLUMNS = "id, tenant_id, holder, state, replaces, created_at, created_by, expires_at,"
            + " confirmed_at, ended_at, version, " + Resource.sql(", ", Resource::column);

    private final Sql sql;

    @Inject
    ReservationStore(Sql sql) {
        this.sql = sql;
    }

    void insert(Reservation row) {
        sql.run(connection -> {
            try (PreparedStatement insert = connection.prepareStatement("insert into reservation (" + COLUMNS
                    + ") values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, " + Resource.sql(", ", resource -> "?") + ")")) {
                insert.setObject(1, row.id());
                insert.setObject(2, row.tenantId());
                insert.setString(3, row.holder());
                insert.setString(4, row.state().text());
                insert.setObject(5, row.replaces(), Types.OTHER);
                insert.setObject(6, time(row.createdAt()), Types.TIMESTAMP_WITH_TIMEZONE);
                insert.setObject(7, row.createdBy(), Types.OTHER);
                insert.setObject(8, time(row.expiresAt()), Types.TIMESTAMP_WITH_TIMEZONE);
                insert.setObject(9, time(row.confirmedAt()), Types.TIMESTAMP_WITH_TIMEZONE);
                insert.setObject(10, time(row.endedAt()), Types.TIMESTAMP_WITH_TIMEZONE);
                insert.setLong(11, row.version());
                int place = 12;
                for (Resource resource : Resource.values()) {
                    insert.setInt(place++, row.amounts().of(resource));
                }
                return insert.executeUpdate();
            }
        });
    }

    /** Writes the state and its times; what was claimed never changes. */
    void update(Reservation row) {
        sql.run(connection -> {
            try (PreparedStatement update = connection.prepareStatement("update reservation set state = ?,"
                    + " expires_at = ?, confirmed_at = ?, ended_at = ?, version = ? where id = ?")) {
                update.setString(1, row.state().text());
                update.setObject(2, time(row.expiresAt()), Types.TIMESTAMP_WITH_TIMEZONE);
                update.setObject(3, time(row.confirmedAt()), Types.TIMESTAMP_WITH_TIMEZONE);
                update.setObject(4, time(row.endedAt()), Types.TIMESTAMP_WITH_TIMEZONE);
                update.setLong(5, row.version());
                update.setObject(6, row.id());
                return update.executeUpdate();
            }
        });
    }

    Optional<Reservation> find(UUID id) {
        return query("where id = ?", id).stream().findFirst();
    }

    /** The open reservation that is about to take another's place. */
    Optional<Reservation> replacementOf(UUID id) {
        return query("where replaces = ? and state = 'open'", id).stream().findFirst();
    }

    /** A tenant's reservations, oldest first. */
    List<Reservation> page(UUID tenantId, @Nullable State state, @Nullable String holder, @Nullable UUID after,
            int rows) {
        List<Object> values = new ArrayList<>(List.of(tenantId));
        String where = "where tenant_id = ?";
        if (state != null) {
            where += " and state = ?";
            values.add(state.text());
        }
        if (holder != null) {
            where += " and holder = ?";
            values.add(holder);
        }
        if (after != null) {
            where += " and id > ?";
            values.add(after);
        }
        values.add(rows);
        return query(where + " order by id limit ?", values.toArray());
    }

    /** Tenants with reservations whose time is over, in the order of their ids, behind this one. */
    List<UUID> lapsed(Instant now, @Nullable UUID after, int most) {
        return sql.run(connection -> {
            try (PreparedStatement query = connection.prepareStatement("select distinct tenant_id from reservation"
                    + " where state = 'open' and expires_at <= ? and tenant_id > ? order by tenant_id limit ?")) {
                query.setObject(1, time(now));
                query.setObject(2, after == null ? new UUID(0, 0) : after);
                query.setInt(3, most);
                List<UUID> found = new ArrayList<>();
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        found.add(rows.getObject(1, UUID.class));
                    }
                }
                return found;
            }
        });
    }

    void deleteAll(UUID tenantId) {
        sql.run(connection -> {
            try (PreparedStatement delete = connection
                    .prepareStatement("delete from reservation where tenant_id = ?")) {
                delete.setObject(1, tenantId);
                return delete.executeUpdate();
            }
        });
    }

    private List<Reservation> query(String where, Object... values) {
        return sql.run(connection -> {
            try (PreparedStatement query = connection
                    .prepareStatement("select " + COLUMNS + " from reservation " + where)) {
                for (int i = 0; i < values.length; i++) {
                    query.setObject(i + 1, values[i]);
                }
                List<Reservation> found = new ArrayList<>();
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        found.add(row(rows));
                    }
                }
                return found;
            }
        });
    }

    private static Reservation row(ResultSet row) throws SQLException {
        int[] amounts = new int[Resource.values().length];
        for (Resource resource : Resource.values()) {
            amounts[resource.ordinal()] = row.getInt(resource.column());
        }
        return new Reservation(row.getObject("id", UUID.class), row.getObject("tenant_id", UUID.class),
                row.getString("holder"), State.ofText(row.getString("state")).orElseThrow(),
                Amounts.each(resource -> amounts[resource.ordinal()]), row.getObject("replaces", UUID.class),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("created_by", UUID.class),
                instant(row.getObject("expires_at", OffsetDateTime.class)),
                instant(row.getObject("confirmed_at", OffsetDateTime.class)),
                instant(row.getObject("ended_at", OffsetDateTime.class)), row.getLong("version"));
    }

    private static @Nullable OffsetDateTime time(@Nullable Instant instant) {
        return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }
}
