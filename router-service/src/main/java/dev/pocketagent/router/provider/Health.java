package dev.pocketagent.router.provider;

import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

/**
 * Whether a provider is worth trying: after some failures in a row it is passed over for a while, then tried again, and
 * one more failure passes it over again. Every failure counts. Safe for any number of threads.
 */
public final class Health {

    private final int failuresToOpen;
    private final long cooldownNanos;
    private final LongSupplier nanoTime;

    private int failures;
    private long openedAt;
    private @Nullable String lastFailure;
    private volatile boolean suspect;

    /**
     * @param failuresToOpen failures in a row that make it unhealthy, at least 1
     * @param nanoTime a clock like {@link System#nanoTime}
     */
    public Health(int failuresToOpen, long cooldownNanos, LongSupplier nanoTime) {
        this.failuresToOpen = Math.max(1, failuresToOpen);
        this.cooldownNanos = cooldownNanos;
        this.nanoTime = nanoTime;
    }

    public boolean healthy() {
        return !suspect || passedOver() == 0;
    }

    public void succeeded() {
        if (suspect) {
            synchronized (this) {
                failures = 0;
                suspect = false;
            }
        }
    }

    /** @param reason a short word, shown to operators */
    public synchronized void failed(String reason) {
        suspect = true;
        lastFailure = reason;
        failures++;
        if (failures >= failuresToOpen) {
            openedAt = nanoTime.getAsLong();
        }
    }

    /** For the control view. */
    public synchronized Snapshot snapshot() {
        return new Snapshot(passedOver() == 0, failures, lastFailure, passedOver() / 1_000_000);
    }

    private synchronized long passedOver() {
        return failures < failuresToOpen ? 0 : Math.max(0, cooldownNanos - (nanoTime.getAsLong() - openedAt));
    }

    /**
     * How a provider stands.
     *
     * @param failuresInRow 0 after a success
     * @param lastFailure the last failure there ever was, also of a provider that works again
     * @param retryInMillis how long it is still passed over, 0 when it is not
     */
    public record Snapshot(boolean healthy, int failuresInRow, @Nullable String lastFailure, long retryInMillis) {}
}
