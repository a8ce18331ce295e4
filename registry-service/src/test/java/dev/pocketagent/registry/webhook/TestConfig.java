package dev.pocketagent.registry.webhook;

import java.time.Duration;
import java.util.List;

/** A configuration for queues that a test drives by hand. */
record TestConfig(Duration timeout, List<Duration> schedule, int concurrency, int concurrencyPerWebhook)
        implements
            WebhookConfig {

    /** The defaults of the product, with a timeout for tests. */
    static TestConfig usual() {
        return new TestConfig(Duration.ofSeconds(5), List.of(Duration.ZERO, Duration.ofSeconds(5),
                Duration.ofMinutes(5), Duration.ofMinutes(30), Duration.ofHours(2), Duration.ofHours(5),
                Duration.ofHours(10), Duration.ofHours(14), Duration.ofHours(20), Duration.ofHours(24)), 64, 4);
    }

    @Override
    public boolean enabled() {
        return true;
    }

    @Override
    public int maxPerTenant() {
        return 10;
    }

    @Override
    public int maxOfPlatform() {
        return 100;
    }

    @Override
    public Duration longestRetryAfter() {
        return Duration.ofHours(24);
    }

    @Override
    public Duration lease() {
        return Duration.ofSeconds(60);
    }

    @Override
    public Duration poll() {
        return Duration.ofMillis(50);
    }

    @Override
    public Duration disableAfter() {
        return Duration.ofDays(5);
    }

    @Override
    public Duration keep() {
        return Duration.ofDays(30);
    }

    @Override
    public int replayLimit() {
        return 10000;
    }
}
