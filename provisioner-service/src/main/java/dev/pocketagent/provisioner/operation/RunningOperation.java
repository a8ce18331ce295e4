package dev.pocketagent.provisioner.operation;

import java.util.List;
import java.util.UUID;

import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.Progress;

/** An operation in the hands of a worker: where its handler tells of its steps and learns that it must stop. */
public final class RunningOperation implements Progress {

    /** One step's work. */
    public interface StepWork {
        void run() throws BackendException;
    }

    private final Operations operations;
    private final Claim claim;
    private volatile long validUntilNanos;
    private volatile boolean cancelled;
    private volatile boolean shuttingDown;
    private int current = -1;

    RunningOperation(Operations operations, Claim claim, long validUntilNanos) {
        this.operations = operations;
        this.claim = claim;
        this.validUntilNanos = validUntilNanos;
    }

    public UUID id() {
        return claim.id();
    }

    public UUID tenantId() {
        return claim.tenantId();
    }

    public UUID stackId() {
        return claim.stackId();
    }

    public String kind() {
        return claim.kind();
    }

    /** Shows steps that are to come; returns the position of the first. */
    public int plan(List<String> names) throws BackendException {
        proceed();
        return operations.planSteps(claim, names);
    }

    /**
     * Runs one step.
     *
     * @param mutates whether it is counted as a change
     */
    public void step(int position, boolean mutates, StepWork work) throws BackendException {
        proceed();
        operations.stepStarted(claim, position);
        current = position;
        try {
            work.run();
        } catch (BackendException e) {
            if (e.kind() != BackendException.Kind.STOPPED) {
                operations.stepEnded(claim, position, false, false, e.getMessage());
            }
            throw e;
        } finally {
            current = -1;
        }
        operations.stepEnded(claim, position, true, mutates, null);
    }

    @Override
    public void note(String message) {
        if (current >= 0) {
            try {
                operations.stepNoted(claim, current, message.length() > 1000 ? message.substring(0, 1000) : message);
            } catch (BackendException e) {
                // The claim is lost: the next proceed() stops the work, a message need not.
                validUntilNanos = System.nanoTime() - 1;
            }
        }
    }

    @Override
    public void proceed() throws BackendException {
        if (cancelled) {
            throw new BackendException(BackendException.Kind.STOPPED, "it was cancelled");
        }
        if (shuttingDown) {
            throw new BackendException(BackendException.Kind.STOPPED,
                    "the service stops; the operation goes on afterwards");
        }
        if (System.nanoTime() - validUntilNanos > 0) {
            throw new BackendException(BackendException.Kind.STOPPED, "the lease has run out; another worker goes on");
        }
    }

    Claim claim() {
        return claim;
    }

    void renewed(long untilNanos) {
        validUntilNanos = untilNanos;
    }

    void cancel() {
        cancelled = true;
    }

    boolean cancelled() {
        return cancelled;
    }

    void shutDown() {
        shuttingDown = true;
    }

    boolean shuttingDown() {
        return shuttingDown;
    }
}
