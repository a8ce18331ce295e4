package dev.pocketagent.registry.webhook;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import dev.pocketagent.registry.webhook.DeliveryQueue.Became;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

/**
 * What webhooks count. No label names a webhook or tenant, since their number has no bound; all counters are there, at 0,
 * from the start.
 */
@ApplicationScoped
class WebhookMetrics {

    private final Map<Became, Counter> outcomes = new EnumMap<>(Became.class);
    private final Timer duration;
    private final AtomicLong pending = new AtomicLong();
    private final AtomicLong dead = new AtomicLong();

    @Inject
    WebhookMetrics(MeterRegistry registry) {
        for (Became became : Became.values()) {
            outcomes.put(became, registry.counter("pocket_webhook_deliveries_total", "outcome",
                    became.name().toLowerCase(Locale.ROOT)));
        }
        duration = Timer.builder("pocket_webhook_attempt_duration").serviceLevelObjectives(Duration.ofMillis(10),
                Duration.ofMillis(50), Duration.ofMillis(100), Duration.ofMillis(250), Duration.ofMillis(500),
                Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(5), Duration.ofSeconds(15))
                .register(registry);
        registry.gauge("pocket_webhook_deliveries_pending", pending);
        registry.gauge("pocket_webhook_deliveries_dead", dead);
    }

    /** An attempt ended. */
    void attempted(Became became, Duration took) {
        Counter counter = outcomes.get(became);
        if (counter != null) {
            counter.increment();
        }
        duration.record(took);
    }

    /** How many deliveries wait, and how many were given up and are still kept. */
    void queue(long pendingNow, long deadNow) {
        pending.set(pendingNow);
        dead.set(deadNow);
    }
}
