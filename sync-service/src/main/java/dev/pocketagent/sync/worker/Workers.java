package dev.pocketagent.sync.worker;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.persistence.Tuple;

import org.hibernate.Session;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.sync.SyncConfig;
import dev.pocketagent.sync.job.Backoff;
import dev.pocketagent.sync.job.Operations;
import dev.pocketagent.sync.job.Operations.Claim;
import dev.pocketagent.sync.job.Operations.LostLeaseException;
import dev.pocketagent.sync.job.SyncMetrics;
import dev.pocketagent.sync.publish.DirectoryPublisher;
import dev.pocketagent.sync.source.Live;
import dev.pocketagent.sync.source.LiveRevisions;
import dev.pocketagent.sync.source.Source;
import dev.pocketagent.sync.worker.Synchronizer.Outcome;
import io.quarkus.runtime.ShutdownEvent;

/**
 * The threads that take operations from the queue, one that puts due sources there and tidies up, and the heartbeat of each running
 * operation. Everything that has to survive is in the database: after {@code kill -9} another process, or this one when it is back,
 * takes the work over as soon as the lease ends.
 */
@ApplicationScoped
class Workers {

    private static final Logger LOG = Logger.getLogger(Workers.class);
    private static final Duration TICK = Duration.ofSeconds(1);
    private static final Duration TIDY = Duration.ofSeconds(30);
    private static final Duration SWEEP = Duration.ofHours(1);

    private final Operations operations;
    private final Synchronizer synchronizer;
    private final LocalWatch watch;
    private final DirectoryPublisher publisher;
    private final Cleanup cleanup;
    private final SyncMetrics metrics;
    private final Session database;
    private final RowScope rows;
    private final Event<LiveRevisions.Moved> moved;
    private final Clock clock;
    private final SyncConfig.Jobs config;
    private final List<Thread> threads = new ArrayList<>();
    /** How many operations of each tenant run here. */
    private final Map<UUID, Integer> running = new HashMap<>();
    private volatile boolean stopping;

    @Inject
    Workers(Operations operations, Synchronizer synchronizer, LocalWatch watch, DirectoryPublisher publisher,
            Cleanup cleanup, SyncMetrics metrics, Session database, RowScope rows, Event<LiveRevisions.Moved> moved,
            Clock clock, SyncConfig config) {
        this.operations = operations;
        this.synchronizer = synchronizer;
        this.watch = watch;
        this.publisher = publisher;
        this.cleanup = cleanup;
        this.metrics = metrics;
        this.database = database;
        this.rows = rows;
        this.moved = moved;
        this.clock = clock;
        this.config = config.jobs();
    }

    void start(@Observes Schema.Ready event) {
        if (!config.enabled()) {
            return;
        }
        for (int i = 0; i < config.workers(); i++) {
            threads.add(Thread.ofVirtual().name("sync-worker-" + i).start(this::work));
        }
        threads.add(Thread.ofVirtual().name("sync-schedule").start(this::schedule));
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        stopping = true;
        threads.forEach(Thread::interrupt);
        for (Thread thread : threads) {
            thread.join(Duration.ofSeconds(5));
        }
    }

    private void work() {
        while (!stopping) {
            try {
                Optional<Claim> claim = claim();
                if (claim.isPresent()) {
                    try {
                        run(claim.get());
                    } finally {
                        ended(claim.get());
                    }
                } else {
                    operations.await(config.poll());
                }
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException failure) {
                if (!stopping) {
                    LOG.warnf("The queue cannot be read, trying again: %s", failure.getMessage());
                    pause(TICK);
                }
            }
        }
    }

    /** One worker is always left for the others: whoever has slow remotes waits for them alone. */
    private Optional<Claim> claim() {
        synchronized (running) {
            int most = Math.max(1, config.workers() - 1);
            Optional<Claim> claim = operations.claim(running.entrySet().stream()
                    .filter(tenant -> tenant.getValue() >= most).map(Map.Entry::getKey).collect(Collectors.toSet()));
            claim.ifPresent(taken -> running.merge(taken.tenantId(), 1, Integer::sum));
            return claim;
        }
    }

    private void ended(Claim claim) {
        synchronized (running) {
            running.computeIfPresent(claim.tenantId(), (tenant, count) -> count == 1 ? null : count - 1);
        }
    }

    private void run(Claim claim) {
        Thread heart = Thread.ofVirtual().name("sync-heart").start(() -> beat(claim));
        Instant started = clock.instant();
        try {
            Outcome outcome = synchronizer.run(claim);
            if (stopping && outcome instanceof Outcome.Failed) {
                operations.letGo(claim);
                return;
            }
            finish(claim, outcome);
            metrics.synced(result(outcome), Duration.between(started, clock.instant()));
        } catch (LostLeaseException lost) {
            LOG.warnf("Operation %s was taken over by another worker", claim.operationId());
        } catch (RuntimeException failure) {
            if (stopping) {
                operations.letGo(claim);
                return;
            }
            LOG.errorf(failure, "Operation %s failed", claim.operationId());
            metrics.synced("failed", Duration.between(started, clock.instant()));
            finish(claim,
                    new Outcome.Failed("internal", "An error of ours; it was logged with the id of this operation."));
        } finally {
            heart.interrupt();
        }
    }

    private void beat(Claim claim) {
        try {
            while (true) {
                Thread.sleep(config.lease().dividedBy(3));
                if (!operations.heartbeat(claim)) {
                    return;
                }
            }
        } catch (InterruptedException done) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException databaseAway) {
            LOG.warnf("No heartbeat for operation %s: %s", claim.operationId(), databaseAway.getMessage());
        }
    }

    private void finish(Claim claim, Outcome outcome) {
        rows.inTenant(claim.tenantId(), () -> {
            String code = outcome instanceof Outcome.Failed failed ? failed.code() : null;
            String detail = outcome instanceof Outcome.Failed failed ? failed.detail() : null;
            operations.end(claim, outcome instanceof Outcome.Changed, code, detail);
            Live live = database.find(Live.class, claim.sourceId());
            Source source = database.find(Source.class, claim.sourceId());
            live.errorCode = code;
            live.errorDetail = detail;
            live.errorAt = code == null ? null : clock.instant();
            if (code == null) {
                live.checkedAt = clock.instant();
            }
            reschedule(claim.sourceId(), Duration.ofSeconds(source.intervalSeconds), code);
            moved.fire(new LiveRevisions.Moved(claim.sourceId()));
            return claim;
        });
    }

    private void reschedule(UUID sourceId, Duration interval, @Nullable String errorCode) {
        RandomGenerator random = RandomGenerator.getDefault();
        int failures = errorCode == null
                ? 0
                : 1 + database
                        .createNativeQuery("select failures from schedule where source_id = :id", Integer.class)
                        .setParameter("id", sourceId).getSingleResult();
        Duration wait = failures == 0 ? Backoff.spread(interval, random) : Backoff.after(failures, random);
        database.createNativeMutationQuery(
                "update schedule set failures = :failures, next_run = now() + make_interval(secs => :wait)"
                        + " where source_id = :id")
                .setParameter("failures", failures).setParameter("wait", wait.toMillis() / 1000.0)
                .setParameter("id", sourceId).executeUpdate();
    }

    private void schedule() {
        Instant nextTidy = Instant.MIN;
        Instant nextSweep = Instant.MIN;
        while (!stopping) {
            try {
                operations.enqueueDue();
                if (!clock.instant().isBefore(nextTidy)) {
                    nextTidy = clock.instant().plus(TIDY);
                    operations.tidy();
                    survey();
                }
                if (!clock.instant().isBefore(nextSweep)) {
                    nextSweep = clock.instant().plus(SWEEP);
                    cleanup.sweep();
                }
            } catch (Exception failure) {
                if (!stopping) {
                    LOG.warnf("The schedule cannot be kept, trying again: %s", failure.getMessage());
                }
            }
            pause(TICK);
        }
    }

    /** Looks over all sources: what is watched and published here, and how fresh they are. */
    private void survey() {
        Set<UUID> local = new HashSet<>();
        List<Tuple> all = rows
                .inAllTenants(() -> database.createNativeQuery("select s.id, s.tenant_id, s.kind, s.publish_to,"
                        + " l.error_code is not null, extract(epoch from now() - coalesce(l.checked_at, s.created_at))"
                        + " from source s join live l on l.source_id = s.id", Tuple.class).getResultList());
        long failing = 0;
        long age = 0;
        for (Tuple row : all) {
            if (Source.LOCAL.equals(row.get(2, String.class))) {
                local.add(row.get(0, UUID.class));
            }
            String publishTo = row.get(3, String.class);
            if (publishTo != null) {
                retire(row.get(1, UUID.class), publishTo);
            }
            failing += row.get(4, Boolean.class) ? 1 : 0;
            age = Math.max(age, ((Number) row.get(5)).longValue());
        }
        watch.keepOnly(local);
        metrics.sources(all.size(), failing, age);
    }

    private void retire(UUID tenantId, String publishTo) {
        try {
            publisher.retire(Synchronizer.publishFolder(tenantId, publishTo));
        } catch (IOException inTheWay) {
            // the next synchronisation of the source meets the same obstacle and tells its owner
            LOG.debugf("Not tidied: %s", inTheWay.getMessage());
        }
    }

    private static String result(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Changed changed -> "changed";
            case Outcome.Unchanged unchanged -> "unchanged";
            case Outcome.Failed failed -> "failed";
        };
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }
}
