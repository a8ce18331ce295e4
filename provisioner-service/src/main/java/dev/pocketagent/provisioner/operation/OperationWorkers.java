package dev.pocketagent.provisioner.operation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.provisioner.backend.BackendException;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;

/** The threads that work the queue off, and the heartbeat that keeps their leases. */
@ApplicationScoped
public class OperationWorkers {

    private static final Logger LOG = Logger.getLogger(OperationWorkers.class);
    private static final List<String> KINDS = List.of("apply", "delete", "suspend", "resume");

    private final Operations operations;
    private final OperationHandler handler;
    private final OperationConfig config;
    private final MeterRegistry metrics;
    private final String owner = UUID.randomUUID().toString();
    private final Set<RunningOperation> running = ConcurrentHashMap.newKeySet();
    private final Semaphore news = new Semaphore(0);
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopping;

    @Inject
    OperationWorkers(Operations operations, OperationHandler handler, OperationConfig config, MeterRegistry metrics) {
        this.operations = operations;
        this.handler = handler;
        this.config = config;
        this.metrics = metrics;
        // Counters that exist from the start can be watched before the first event.
        KINDS.forEach(kind -> List.of("succeeded", "failed", "cancelled").forEach(state -> count(kind, state, 0)));
    }

    void start(@Observes Schema.Ready event) {
        for (int i = 0; i < config.workers(); i++) {
            threads.add(Thread.ofVirtual().name("operations-" + i).start(this::work));
        }
        threads.add(Thread.ofVirtual().name("operations-heartbeat").start(this::heartbeat));
    }

    void stop(@Observes ShutdownEvent event) {
        stopping = true;
        running.forEach(RunningOperation::shutDown);
        news.release(config.workers());
        for (Thread thread : threads) {
            try {
                // What is in the middle of a call to a backend may end it; what takes longer is taken up after its lease.
                thread.join(Duration.ofSeconds(5));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    void queued(@Observes(during = TransactionPhase.AFTER_SUCCESS) Operations.Queued event) {
        news.release();
    }

    private void work() {
        while (!stopping) {
            try {
                Optional<Claim> claim = operations.claim(owner, config.lease());
                if (claim.isPresent()) {
                    run(new RunningOperation(operations, claim.get(), leaseEnd()));
                } else {
                    news.tryAcquire(config.poll().toMillis(), TimeUnit.MILLISECONDS);
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                // The database is away, most likely; nothing is lost, since the queue is in it.
                LOG.warnf("The queue of operations cannot be read: %s", e.getMessage());
                pause(Duration.ofSeconds(1));
            }
        }
    }

    private void run(RunningOperation operation) {
        Claim claim = operation.claim();
        running.add(operation);
        try {
            LOG.infof("Operation %s (%s) of stack %s starts, attempt %d", claim.id(), claim.kind(), claim.stackId(),
                    claim.attempt());
            try {
                handler.run(operation);
                end(operation, "succeeded", null);
            } catch (BackendException e) {
                if (e.kind() == BackendException.Kind.STOPPED) {
                    stopped(operation, e);
                } else if (e.retryable() && claim.attempt() < config.attempts()) {
                    Duration delay = Duration.ofSeconds(1L << Math.min(claim.attempt(), 6));
                    LOG.infof("Operation %s is tried again in %d s: %s", claim.id(), delay.toSeconds(), e.getMessage());
                    operations.release(claim, delay);
                } else {
                    LOG.warnf("Operation %s failed: %s", claim.id(), e.getMessage());
                    end(operation, "failed",
                            new Operation.Failure(e.kind().name().toLowerCase(Locale.ROOT), e.getMessage()));
                }
            } catch (RuntimeException e) {
                LOG.errorf(e, "Operation %s failed unexpectedly", claim.id());
                end(operation, "failed", new Operation.Failure("internal",
                        "something went wrong on our side; the service's log has it"));
            }
        } catch (BackendException e) {
            LOG.infof("Operation %s was taken over: %s", claim.id(), e.getMessage());
        } catch (RuntimeException e) {
            // Its end could not be written: after the lease it is taken up again and found to be done.
            LOG.warnf("The end of operation %s could not be written: %s", claim.id(), e.getMessage());
        } finally {
            running.remove(operation);
        }
    }

    private void stopped(RunningOperation operation, BackendException why) throws BackendException {
        if (operation.cancelled()) {
            end(operation, "cancelled", new Operation.Failure("cancelled", why.getMessage()));
        } else if (operation.shuttingDown()) {
            operations.release(operation.claim(), Duration.ZERO);
        } else {
            LOG.infof("Operation %s is left to another worker: %s", operation.id(), why.getMessage());
        }
    }

    private void end(RunningOperation operation, String state, Operation.@Nullable Failure failure)
            throws BackendException {
        operations.end(operation.claim(), state, failure, () -> handler.ended(operation, state.equals("succeeded")));
        count(operation.kind(), state, 1);
        // The next one of the same stack was waiting for this.
        news.release();
    }

    private void heartbeat() {
        Duration pause = config.lease().dividedBy(3);
        while (!stopping) {
            pause(pause);
            for (RunningOperation operation : running) {
                // Counted from before the call: we must stop believing in the lease no later than the database does.
                long end = leaseEnd();
                try {
                    switch (operations.renew(operation.claim(), config.lease())) {
                        case HELD -> operation.renewed(end);
                        case CANCELLED -> operation.cancel();
                        case LOST -> operation.renewed(System.nanoTime() - 1);
                    }
                } catch (RuntimeException e) {
                    LOG.warnf("The lease of operation %s could not be renewed: %s", operation.id(), e.getMessage());
                }
            }
        }
    }

    private long leaseEnd() {
        return System.nanoTime() + config.lease().toNanos();
    }

    private void count(String kind, String state, int amount) {
        metrics.counter("pocket_provisioner_operations", "kind", kind, "state", state).increment(amount);
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
