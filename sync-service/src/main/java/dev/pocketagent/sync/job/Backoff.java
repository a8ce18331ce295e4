package dev.pocketagent.sync.job;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long to wait before a source that failed is looked at again: 15 s, doubled each time, at most an hour. */
public final class Backoff {

    private static final long FIRST_SECONDS = 15;
    private static final long LONGEST_SECONDS = 3600;

    private Backoff() {}

    /**
     * The wait, spread by a fifth to both sides so that sources of one dead remote do not come back at one moment.
     *
     * @param failures failures in a row, at least 1
     */
    public static Duration after(int failures, RandomGenerator random) {
        long seconds = Math.min(LONGEST_SECONDS, FIRST_SECONDS << Math.clamp(failures - 1L, 0, 20));
        return spread(Duration.ofSeconds(seconds), random);
    }

    /** A time, spread by a fifth to both sides. */
    public static Duration spread(Duration time, RandomGenerator random) {
        return Duration.ofMillis((long) (time.toMillis() * (0.8 + 0.4 * random.nextDouble())));
    }
}
