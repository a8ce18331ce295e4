package dev.pocketagent.sync.job;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.Tuple;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.Transactional;

import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.sync.SyncConfig;

/**
 * The queue of operations. A source has at most one running and one waiting operation (unique indexes see to it), so any number of
 * requests to look at it end in at most one more look.
 */
@ApplicationScoped
public class Operations {

    /** An operation that took down this many workers is not tried again. */
    private static final int MOST_ATTEMPTS = 5;
    /** No tenant: SQL has no empty list. */
    private static final UUID NOBODY = new UUID(0, 0);

    private final Session database;
    private final TransactionSynchronizationRegistry transactions;
    private final RowScope rows;
    private final Clock clock;
    private final Duration lease;
    private final Semaphore work = new Semaphore(0);

    @Inject
    Operations(Session database, TransactionSynchronizationRegistry transactions, RowScope rows, Clock clock,
            SyncConfig config) {
        this.database = database;
        this.transactions = transactions;
        this.rows = rows;
        this.clock = clock;
        this.lease = config.jobs().lease();
    }

    /**
     * An operation that this process works on.
     *
     * @param fence rises each time the operation is taken: who comes back late is told apart
     */
    public record Claim(UUID operationId, UUID tenantId, UUID sourceId, long fence) {}

    /** The operation was taken over by another worker; whatever this one found is void. */
    public static final class LostLeaseException extends RuntimeException {

        public LostLeaseException() {
            super("the lease of the operation is lost", null, false, false);
        }
    }

    /** Asks for a look at a source, inside the caller's transaction. Answers the waiting operation, which may have been there before. */
    @Transactional(Transactional.TxType.MANDATORY)
    public UUID enqueue(UUID tenantId, UUID sourceId, Cause cause) {
        wakeAfterCommit();
        while (true) {
            UUID id = Ids.next(clock);
            int inserted = database
                    .createNativeMutationQuery(
                            "insert into operation (id, tenant_id, source_id, kind, cause, state, created_at)"
                                    + " values (:id, :tenant, :source, 'sync', :cause, 'queued', :now)"
                                    + " on conflict (source_id) where state = 'queued' do nothing")
                    .setParameter("id", id).setParameter("tenant", tenantId).setParameter("source", sourceId)
                    .setParameter("cause", cause.code()).setParameter("now", clock.instant()).executeUpdate();
            if (inserted == 1) {
                return id;
            }
            // Held until our commit, so that it cannot start before what made us ask is visible.
            List<UUID> waiting = database.createNativeQuery(
                    "select id from operation where source_id = :source and state = 'queued' for update", UUID.class)
                    .setParameter("source", sourceId).getResultList();
            if (!waiting.isEmpty()) {
                return waiting.getFirst();
            }
        }
    }

    /** Waits until there may be work. */
    public void await(Duration longest) throws InterruptedException {
        if (work.tryAcquire(longest.toMillis(), TimeUnit.MILLISECONDS)) {
            work.drainPermits();
        }
    }

    /**
     * Takes the oldest operation that may run: a waiting one, or one whose worker fell silent.
     *
     * @param but tenants that have enough running here
     */
    public Optional<Claim> claim(Set<UUID> but) {
        return rows.inAllTenants(() -> {
            database.createNativeMutationQuery(
                    "update operation set state = 'failed', error_code = 'gave-up', ended_at = now(),"
                            + " error_detail = 'The worker stopped in the middle of it again and again.'"
                            + " where state = 'running' and lease_until < now() and attempts >= :most")
                    .setParameter("most", MOST_ATTEMPTS).executeUpdate();
            List<Tuple> taken = database
                    .createNativeQuery("update operation set state = 'running', attempts = attempts + 1,"
                            + " fence = fence + 1, lease_until = now() + make_interval(secs => :lease),"
                            + " started_at = coalesce(started_at, :now)"
                            + " where id = (select o.id from operation o"
                            + "   where (o.state = 'queued' and not exists (select 1 from operation r"
                            + "            where r.source_id = o.source_id and r.state = 'running')"
                            + "          or o.state = 'running' and o.lease_until < now())"
                            + "   and not exists (select 1 from suspended_tenant t where t.tenant_id = o.tenant_id)"
                            + "   and o.tenant_id not in (:but)"
                            + "   order by o.created_at, o.id limit 1 for update of o skip locked)"
                            + " returning id, tenant_id, source_id, fence", Tuple.class)
                    .setParameter("lease", (double) lease.toSeconds()).setParameter("now", clock.instant())
                    .setParameter("but", but.isEmpty() ? Set.of(NOBODY) : but).getResultList();
            if (taken.isEmpty()) {
                return Optional.<Claim>empty();
            }
            Tuple row = taken.getFirst();
            Claim claim = new Claim(row.get(0, UUID.class), row.get(1, UUID.class), row.get(2, UUID.class),
                    ((Number) row.get(3)).longValue());
            database.createNativeMutationQuery("delete from operation_step where operation_id = :id")
                    .setParameter("id", claim.operationId())
                    .executeUpdate();
            return Optional.of(claim);
        });
    }

    /** Says that the worker is alive; false when the operation was taken over. */
    public boolean heartbeat(Claim claim) {
        return rows.inTenant(claim.tenantId(), () -> database.createNativeMutationQuery(
                "update operation set lease_until = now() + make_interval(secs => :lease)"
                        + " where id = :id and fence = :fence and state = 'running'")
                .setParameter("lease", (double) lease.toSeconds()).setParameter("id", claim.operationId())
                .setParameter("fence", claim.fence()).executeUpdate() == 1);
    }

    /**
     * Makes sure, inside a transaction, that the operation is still ours until that transaction ends. The source is locked
     * first, as its deletion does it: in the other order the two would wait for each other as soon as more of the source is
     * written.
     */
    public void hold(Claim claim) {
        if (database.createNativeQuery("select id from source where id = :source for key share", UUID.class)
                .setParameter("source", claim.sourceId()).getResultList().isEmpty()) {
            throw new LostLeaseException();
        }
        if (database
                .createNativeQuery(
                        "select id from operation where id = :id and fence = :fence and state = 'running' for update",
                        UUID.class)
                .setParameter("id", claim.operationId()).setParameter("fence", claim.fence()).getResultList()
                .isEmpty()) {
            throw new LostLeaseException();
        }
    }

    /** Lets another worker go on at once, because this process stops. */
    public void letGo(Claim claim) {
        rows.inTenant(claim.tenantId(),
                () -> database.createNativeMutationQuery("update operation set lease_until = now(),"
                        + " attempts = attempts - 1 where id = :id and fence = :fence and state = 'running'")
                        .setParameter("id", claim.operationId()).setParameter("fence", claim.fence()).executeUpdate());
    }

    public void beginStep(Claim claim, int position, String name) {
        rows.inTenant(claim.tenantId(), () -> {
            hold(claim);
            return database
                    .createNativeMutationQuery(
                            "insert into operation_step (operation_id, position, tenant_id, name, state, started_at,"
                                    + " message) values (:id, :position, :tenant, :name, 'running', :now, '')")
                    .setParameter("id", claim.operationId()).setParameter("position", position)
                    .setParameter("tenant", claim.tenantId())
                    .setParameter("name", name).setParameter("now", clock.instant()).executeUpdate();
        });
    }

    /** Ends a step, inside the caller's transaction. */
    public void endStep(Claim claim, int position, boolean succeeded, String message) {
        database.createNativeMutationQuery(
                "update operation_step set state = :state, ended_at = :now, message = :message"
                        + " where operation_id = :id and position = :position")
                .setParameter("state", succeeded ? "succeeded" : "failed").setParameter("now", clock.instant())
                .setParameter("message", message).setParameter("id", claim.operationId())
                .setParameter("position", position)
                .executeUpdate();
    }

    /** Ends the operation, inside the caller's transaction. */
    public void end(Claim claim, boolean changed, @Nullable String errorCode, @Nullable String errorDetail) {
        hold(claim);
        database.createNativeMutationQuery(
                "update operation set state = :state, changed = :changed, error_code = :code, error_detail = :detail,"
                        + " ended_at = :now, lease_until = null where id = :id")
                .setParameter("state", errorCode == null ? "succeeded" : "failed").setParameter("changed", changed)
                .setParameter("code", errorCode).setParameter("detail", errorDetail)
                .setParameter("now", clock.instant())
                .setParameter("id", claim.operationId()).executeUpdate();
    }

    /** Puts sources whose time has come into the queue. */
    public int enqueueDue() {
        return rows.inAllTenants(() -> {
            List<Tuple> due = database.createNativeQuery(
                    "update schedule s set next_run = now() + make_interval(secs => x.interval_seconds)"
                            + " from (select d.source_id, c.interval_seconds from schedule d join source c on c.id = d.source_id"
                            + "       where d.next_run <= now()"
                            + "       and not exists (select 1 from suspended_tenant t where t.tenant_id = d.tenant_id)"
                            + "       order by d.next_run limit 100 for update of d skip locked for key share of c skip locked) x"
                            + " where s.source_id = x.source_id returning s.tenant_id, s.source_id",
                    Tuple.class).getResultList();
            for (Tuple source : due) {
                enqueue(source.get(0, UUID.class), source.get(1, UUID.class), Cause.SCHEDULE);
            }
            return due.size();
        });
    }

    /** Deletes what nobody asks for any more: quiet looks after an hour, other operations after a week, deliveries after a day. */
    public void tidy() {
        Instant now = clock.instant();
        rows.inAllTenants(() -> {
            database.createNativeMutationQuery("delete from operation where ended_at < :week"
                    + " or (ended_at < :hour and cause in ('schedule', 'watch') and not changed and state = 'succeeded')")
                    .setParameter("week", now.minus(Duration.ofDays(7)))
                    .setParameter("hour", now.minus(Duration.ofHours(1)))
                    .executeUpdate();
            return database.createNativeMutationQuery("delete from webhook_delivery where received_at < :day")
                    .setParameter("day", now.minus(Duration.ofDays(1))).executeUpdate();
        });
    }

    private void wakeAfterCommit() {
        transactions.registerInterposedSynchronization(new Synchronization() {
            @Override
            public void beforeCompletion() {
                // nothing to do
            }

            @Override
            public void afterCompletion(int status) {
                if (status == Status.STATUS_COMMITTED) {
                    work.release();
                }
            }
        });
    }
}
