package dev.pocketagent.registry.webhook;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;

/** When a delivery is tried again, and when it is given up. */
final class RetrySchedule {

    private static final double SPREAD = 0.1;

    private final List<Duration> waits;
    private final Duration longestRetryAfter;
    private final RandomGenerator random;

    /**
     * @param waits before each attempt, the first included
     * @param longestRetryAfter what an endpoint may ask for at most
     */
    RetrySchedule(List<Duration> waits, Duration longestRetryAfter, RandomGenerator random) {
        if (waits.isEmpty() || waits.stream().anyMatch(Duration::isNegative)) {
            throw new IllegalArgumentException(
                    "pocket.registry.webhooks.schedule needs at least one wait, none negative");
        }
        this.waits = List.copyOf(waits);
        this.longestRetryAfter = longestRetryAfter;
        this.random = random;
    }

    /** As the operator set it. */
    static RetrySchedule of(WebhookConfig config) {
        return new RetrySchedule(config.schedule(), config.longestRetryAfter(), RandomGenerator.getDefault());
    }

    /** Wait before the first attempt. */
    Duration first() {
        return waits.getFirst();
    }

    /**
     * Wait before the next attempt, spread by a tenth to both sides so that what failed together does not come back
     * together; empty when all attempts are made. An endpoint that asks for more time gets it, never less than the schedule.
     *
     * @param attempts made so far, at least 1
     * @param asked what the endpoint asked for; zero for nothing
     */
    Optional<Duration> after(int attempts, Duration asked) {
        if (attempts >= waits.size()) {
            return Optional.empty();
        }
        Duration wait = Duration.ofMillis(
                (long) (waits.get(attempts).toMillis() * (1 - SPREAD + 2 * SPREAD * random.nextDouble())));
        return Optional.of(wait.compareTo(asked) < 0 ? asked : wait);
    }

    /** The wait in a {@code Retry-After} header, in seconds or as a date, within bounds; zero when there is none. */
    Duration asked(@Nullable String retryAfter, Instant now) {
        if (retryAfter == null) {
            return Duration.ZERO;
        }
        Duration wait;
        try {
            wait = retryAfter.strip().matches("[0-9]{1,9}")
                    ? Duration.ofSeconds(Long.parseLong(retryAfter.strip()))
                    : Duration.between(now, ZonedDateTime.parse(retryAfter.strip(),
                            DateTimeFormatter.RFC_1123_DATE_TIME));
        } catch (DateTimeException e) {
            return Duration.ZERO;
        }
        if (wait.isNegative()) {
            return Duration.ZERO;
        }
        return wait.compareTo(longestRetryAfter) > 0 ? longestRetryAfter : wait;
    }
}
