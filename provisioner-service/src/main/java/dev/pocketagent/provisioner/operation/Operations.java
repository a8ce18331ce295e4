package dev.pocketagent.provisioner.operation;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import jakarta.persistence.PersistenceException;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.provisioner.Sql;
import dev.pocketagent.provisioner.backend.BackendException;

/** The queue and its history in the database. */
@ApplicationScoped
public class Operations {

    /** Fired in the transaction that adds to the queue. */
    record Queued(UUID id) {}

    /** What became of a lease. */
    enum Lease {
        HELD, CANCELLED, LOST
    }

    private final Sql sql;
    private final RowScope rows;
    private final Clock clock;
    private final Event<Queued> queued;

    @Inject
    Operations(Sql sql, RowScope rows, Clock clock, Event<Queued> queued) {
        this.sql = sql;
        this.rows = rows;
        this.clock = clock;
        this.queued = queued;
    }

    /**
     * Adds an operation in the caller's transaction, which must hold the lock that orders the tenant's changes: operations of one stack
     * run in the order in which they were added.
     *
     * @param actor key that asks for it; null for the platform itself
     */
    public UUID enqueue(UUID tenantId, UUID stackId, String kind, @Nullable UUID actor) {
        UUID id = Ids.next(clock);
        Instant now = clock.instant();
        sql.update("insert into operation (id, tenant_id, stack_id, kind, state, actor_key, not_before, created_at)"
                + " values (?, ?, ?, ?, 'queued', ?, clock_timestamp(), ?)", id, tenantId, stackId, kind, actor, now);
        queued.fire(new Queued(id));
        return id;
    }

    /** One operation with its steps, within the row scope of the present transaction. */
    public Optional<Operation> find(UUID id) {
        List<Operation.Step> steps = sql.list(
                "select position, name, state, started_at, ended_at, message from operation_step"
                        + " where operation_id = ? order by position",
                row -> new Operation.Step(row.getInt("position"), row.getString("name"),
                        row.getString("state"), Sql.instantOrNull(row, "started_at"),
                        Sql.instantOrNull(row, "ended_at"), row.getString(
                                "message")),
                id);
        return sql.first("select * from operation where id = ?", row -> {
            String code = row.getString("error_code");
            return new Operation(id, row.getString("kind"), row.getObject("stack_id", UUID.class),
                    row.getObject("tenant_id", UUID.class),
                    row.getString("state"), row.getInt("attempt"), row.getInt("mutating_calls"),
                    Sql.instant(row, "created_at"),
                    Sql.instantOrNull(row, "started_at"), Sql.instantOrNull(row, "ended_at"), steps,
                    code == null ? null : new Operation.Failure(code, row.getString("error")));
        }, id);
    }

    /** Deletes the history of a tenant that is erased: all operations that are over, with their steps. */
    public void forget(UUID tenantId) {
        sql.update("delete from operation where tenant_id = ? and state in ('succeeded', 'failed', 'cancelled')",
                tenantId);
    }

    /** A number that grows with every visible change of the operation; -1 when it is not there. */
    long changes(UUID id) {
        return sql.first("select changes from operation where id = ?", row -> row.getLong(1), id).orElse(-1L);
    }

    /** Marks an open operation to be stopped: a queued one ends at once. False when it is over already. */
    boolean cancel(UUID id) {
        if (sql.update("update operation set state = 'cancelled', ended_at = ?, changes = changes + 1"
                + " where id = ? and state = 'queued'", clock.instant(), id) == 1) {
            return true;
        }
        return sql.update(
                "update operation set cancel_asked = true, changes = changes + 1 where id = ? and state = 'running'",
                id) == 1;
    }

    /**
     * Takes the oldest operation that is due, or whose worker was silent for longer than its lease, if no older one of the same stack is
     * open. Times are the database's, so that replicas need not agree on theirs.
     */
    Optional<Claim> claim(String owner, Duration lease) {
        try {
            return rows.inAllTenants(() -> {
                Optional<Claim> claim = sql
                        .first("""
                        update operation set state = 'running', fence = fence + 1, attempt = attempt + 1, lease_owner = ?,
                            lease_until = clock_timestamp() + ? * interval '1 millisecond', changes = changes + 1,
                            started_at = coalesce(started_at, ?)
                        where id = (
                            select o.id from operation o
                            where (o.state = 'queued' and o.not_before <= clock_timestamp()
                                   or o.state = 'running' and o.lease_until < clock_timestamp())
                              and not exists (select 1 from operation p
                                  where p.stack_id = o.stack_id and p.seq < o.seq and p.state in ('queued', 'running'))
                            order by o.seq limit 1 for update skip locked)
                        returning id, tenant_id, stack_id, kind, fence, attempt""",
                                row -> new Claim(row.getObject("id", UUID.class),
                                        row.getObject("tenant_id", UUID.class), row.getObject("stack_id", UUID.class),
                                        row.getString("kind"), row.getLong(
                                                "fence"),
                                        row.getInt("attempt")),
                                owner, lease.toMillis(), clock.instant());
                // What an earlier worker left open.
                claim.ifPresent(c -> {
                    sql.update("update operation_step set state = 'interrupted', ended_at = ?,"
                            + " message = 'its worker went silent, another goes on' where operation_id = ? and state = 'running'",
                            clock
                                    .instant(),
                            c.id());
                    sql.update("delete from operation_step where operation_id = ? and state = 'pending'", c.id());
                });
                return claim;
            });
        } catch (PersistenceException e) {
            // operation_one_running: another worker was faster. The next look finds it.
            return Optional.empty();
        }
    }

    Lease renew(Claim claim, Duration lease) {
        return rows.inTenant(claim.tenantId(),
                () -> sql.first("update operation set lease_until = clock_timestamp() + ? * interval"
                        + " '1 millisecond' where id = ? and fence = ? and state = 'running' returning cancel_asked",
                        row -> row.getBoolean(1)
                                ? Lease.CANCELLED
                                : Lease.HELD,
                        lease.toMillis(), claim.id(), claim.fence()).orElse(Lease.LOST));
    }

    /** Adds steps that are still to come and returns the position of the first. */
    int planSteps(Claim claim, List<String> names) throws BackendException {
        return held(claim, () -> {
            int first = sql.first("select coalesce(max(position) + 1, 0) from operation_step where operation_id = ?",
                    row -> row.getInt(1),
                    claim.id()).orElse(0);
            int position = first;
            for (String name : names) {
                sql.update(
                        "insert into operation_step (operation_id, tenant_id, position, name, state) values (?, ?, ?, ?, 'pending')",
                        claim.id(), claim.tenantId(), position++, name);
            }
            return first;
        });
    }

    void stepStarted(Claim claim, int position) throws BackendException {
        held(claim, () -> sql.update(
                "update operation_step set state = 'running', started_at = ? where operation_id = ? and position = ?",
                clock.instant(), claim.id(), position));
    }

    void stepNoted(Claim claim, int position, String message) throws BackendException {
        held(claim,
                () -> sql.update("update operation_step set message = ? where operation_id = ? and position = ?",
                        message, claim.id(),
                        position));
    }

    void stepEnded(Claim claim, int position, boolean succeeded, boolean mutated, @Nullable String message)
            throws BackendException {
        held(claim, () -> {
            if (mutated) {
                sql.update("update operation set mutating_calls = mutating_calls + 1 where id = ?", claim.id());
            }
            return sql.update("update operation_step set state = ?, ended_at = ?, message = coalesce(?, message)"
                    + " where operation_id = ? and position = ?", succeeded ? "succeeded" : "failed", clock.instant(),
                    message, claim.id(),
                    position);
        });
    }

    /**
     * Ends the operation.
     *
     * @param alongside done in the same transaction, behind all else
     */
    void end(Claim claim, String state, Operation.@Nullable Failure failure, Runnable alongside)
            throws BackendException {
        held(claim, () -> {
            sql.update(
                    "update operation_step set state = 'interrupted', ended_at = ? where operation_id = ? and state = 'running'",
                    clock.instant(), claim.id());
            sql.update("delete from operation_step where operation_id = ? and state = 'pending'", claim.id());
            int ended = sql.update(
                    "update operation set state = ?, ended_at = ?, error_code = ?, error = ?, lease_until = null,"
                            + " lease_owner = null where id = ?",
                    state, clock.instant(), failure == null ? null : failure.code(),
                    failure == null ? null : failure.detail(), claim.id());
            alongside.run();
            return ended;
        });
    }

    /** Puts the operation back into the queue, to be taken up by anybody after the delay. */
    void release(Claim claim, Duration delay) throws BackendException {
        held(claim, () -> sql.update("update operation set state = 'queued', lease_until = null, lease_owner = null,"
                + " not_before = clock_timestamp() + ? * interval '1 millisecond' where id = ?", delay.toMillis(),
                claim.id()));
    }

    private interface Work {
        int run();
    }

    /** Runs the work in a transaction if the claim still holds, and counts it as a visible change. */
    private int held(Claim claim, Work work) throws BackendException {
        int result = rows.inTenant(claim.tenantId(),
                () -> sql.update("update operation set changes = changes + 1 where id = ? and fence = ?"
                        + " and state = 'running'", claim.id(), claim.fence()) == 1 ? work.run() : -1);
        if (result < 0) {
            throw new BackendException(BackendException.Kind.STOPPED, "another worker has taken the operation over");
        }
        return result;
    }
}
