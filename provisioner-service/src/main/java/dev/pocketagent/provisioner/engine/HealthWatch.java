package dev.pocketagent.provisioner.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.provisioner.backend.Observed.HealthState;
import dev.pocketagent.provisioner.backend.ServiceSpec.Health;
import dev.pocketagent.provisioner.backend.ServiceSpec.Probe;

/**
 * Turns single answers into a verdict, as engines do: one good answer is healthy, {@code retries} bad ones in a row are unhealthy, and those
 * of the start period do not count. Remembers by container and start; without memory (after a restart of this service) a container counts
 * as starting until it has answered.
 *
 * <p>
 * Plain state without I/O; safe for many threads.
 */
final class HealthWatch {

    private static final int MAX_REMEMBERED = 10_000;
    /** A verdict is good for so long, or for the interval when that is shorter: many may look at a stack at once. */
    private static final Duration FRESH = Duration.ofSeconds(1);

    private final LongSupplier nanos;
    /** Oldest first. */
    private final Map<Key, Memory> memories = new LinkedHashMap<>();

    HealthWatch() {
        this(System::nanoTime);
    }

    /** @param nanos a clock for intervals, as {@link System#nanoTime()} */
    HealthWatch(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** A container's run: another start is another run. */
    record Key(String container, @Nullable Instant startedAt) {}

    private static final class Memory {
        private HealthState verdict = HealthState.STARTING;
        private int failures;
        private long askedAt;
        private long countedAt;
        private boolean counted;
    }

    /** The last verdict, if it is fresh enough not to ask again. */
    synchronized @Nullable HealthState recent(Key key, Health health) {
        Memory memory = memories.get(key);
        if (memory == null) {
            return null;
        }
        long age = nanos.getAsLong() - memory.askedAt;
        long interval = health.interval().toNanos();
        // Podman keeps a conmon process for five minutes after each command it ran: those are not run more often than they have to be.
        long fresh = health.probe() instanceof Probe.Exec ? interval : Math.min(FRESH.toNanos(), interval);
        return age < fresh ? memory.verdict : null;
    }

    /**
     * Takes in an answer.
     *
     * @param age how long the container has been running
     * @return the verdict with it
     */
    synchronized HealthState heard(Key key, Health health, boolean well, Duration age) {
        Memory memory = memories.get(key);
        if (memory == null) {
            if (memories.size() >= MAX_REMEMBERED) {
                memories.remove(memories.keySet().iterator().next());
            }
            memory = new Memory();
            memories.put(key, memory);
        }
        long now = nanos.getAsLong();
        memory.askedAt = now;
        if (well) {
            memory.failures = 0;
            memory.counted = false;
            memory.verdict = HealthState.HEALTHY;
            return memory.verdict;
        }
        boolean startingUp = memory.verdict == HealthState.STARTING && age.compareTo(health.startPeriod()) < 0;
        // Asked more often than the interval says, as while somebody watches, bad answers count once an interval.
        boolean due = !memory.counted || now - memory.countedAt >= health.interval().toNanos() * 9 / 10;
        if (!startingUp && due) {
            memory.failures++;
            memory.counted = true;
            memory.countedAt = now;
            if (memory.failures >= health.retries()) {
                memory.verdict = HealthState.UNHEALTHY;
            }
        }
        return memory.verdict;
    }
}
