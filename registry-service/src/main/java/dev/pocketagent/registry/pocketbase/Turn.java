package dev.pocketagent.registry.pocketbase;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.registry.Sql;

/**
 * Whose turn it is: one replica runs at a time, and says every few seconds that it still does. Who falls silent loses the
 * turn after {@link #HELD}, and cannot change anything any more.
 */
@ApplicationScoped
class Turn {

    /** How long a sign of life lasts. */
    static final Duration HELD = Duration.ofSeconds(30);

    /** Later than any run is due. */
    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

    /**
     * The row as it is.
     *
     * @param holder the run that goes on now; null when none does
     * @param nextRun when one is due
     * @param lastSuccessAt when one last came to its end without failing; null when none has
     */
    record State(@Nullable UUID holder, Instant nextRun, @Nullable Instant lastSuccessAt) {}

    private final RowScope rows;
    private final Sql sql;
    private final Clock clock;

    @Inject
    Turn(RowScope rows, Sql sql, Clock clock) {
        this.rows = rows;
        this.sql = sql;
        this.clock = clock;
    }

    /**
     * Takes the turn.
     *
     * @param onlyWhenDue whether to leave it when no run is due
     * @return whether it is ours now
     */
    boolean take(UUID holder, boolean onlyWhenDue) {
        Instant now = clock.instant();
        return update("update pocketbase_turn set holder = ?, held_until = ? where (holder is null or held_until < ?)"
                + " and next_run <= ?", holder, now.plus(HELD), now, onlyWhenDue ? now : LATEST);
    }

    /** Says that we still run; false when another replica took over. */
    boolean keep(UUID holder) {
        return update("update pocketbase_turn set held_until = ? where holder = ?", clock.instant().plus(HELD), holder);
    }

    /**
     * Inside a transaction that changes something: makes sure that it is still our turn, and that nobody takes it before
     * the transaction ends.
     */
    boolean holds(UUID holder) {
        return sql.run(connection -> {
            try (PreparedStatement query = connection
                    .prepareStatement("select 1 from pocketbase_turn where holder = ? for share")) {
                query.setObject(1, holder);
                try (ResultSet row = query.executeQuery()) {
                    return row.next();
                }
            }
        });
    }

    /**
     * Gives the turn back.
     *
     * @param nextRun when the next run is due; null leaves that as it is
     * @param succeeded whether this was a run that came to its end
     */
    void giveBack(UUID holder, @Nullable Instant nextRun, boolean succeeded) {
        update("update pocketbase_turn set holder = null, held_until = null, next_run = coalesce(?, next_run),"
                + " last_success_at = coalesce(?, last_success_at) where holder = ?", nextRun,
                succeeded ? clock.instant() : null, holder);
    }

    /** Gives the turn back after calls that were no run. When the next run is due stays, but is not before that time. */
    void giveBackUntil(UUID holder, Instant earliest) {
        update("update pocketbase_turn set holder = null, held_until = null, next_run = greatest(next_run, ?)"
                + " where holder = ?", earliest, holder);
    }

    /** Makes a run due now. */
    void hurry() {
        update("update pocketbase_turn set next_run = ?", clock.instant());
    }

    State state() {
        return rows.inAllTenants(() -> sql.run(connection -> {
            try (PreparedStatement query = connection
                    .prepareStatement("select case when held_until >= ? then holder end,"
                            + " next_run, last_success_at from pocketbase_turn")) {
                query.setObject(1, clock.instant().atOffset(ZoneOffset.UTC));
                try (ResultSet row = query.executeQuery()) {
                    if (!row.next()) {
                        throw new IllegalStateException("The row of pocketbase_turn is gone");
                    }
                    OffsetDateTime success = row.getObject(3, OffsetDateTime.class);
                    return new State(row.getObject(1, UUID.class), row.getObject(2, OffsetDateTime.class).toInstant(),
                            success == null ? null : success.toInstant());
                }
            }
        }));
    }

    private boolean update(String text, @Nullable Object... values) {
        return rows.inAllTenants(() -> sql.run(connection -> {
            try (PreparedStatement update = connection.prepareStatement(text)) {
                for (int i = 0; i < values.length; i++) {
                    Object value = values[i];
                    update.setObject(i + 1, value instanceof Instant time ? time.atOffset(ZoneOffset.UTC) : value);
                }
                return update.executeUpdate() == 1;
            }
        }));
    }
}
