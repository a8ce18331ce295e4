package dev.pocketagent.sync.job;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

/**
 * What sync-service counts. No label names a source or tenant, since their number has no bound; all counters are there, at 0, from the
 * start, so that a rate over them works from the first event.
 */
@ApplicationScoped
public class SyncMetrics {

    private static final List<String> RESULTS = List.of("changed", "unchanged", "failed");
    private static final List<String> WEBHOOKS = List.of("accepted", "ping", "ignored", "duplicate", "unsigned",
            "unknown", "too-large",
            "limited", "suspended", "slow", "overloaded");
    private static final List<String> SKIPPED = List.of("symlink-skipped", "submodule-skipped", "special-file-skipped",
            "name-skipped",
            "more-warnings");

    private final MeterRegistry registry;
    private final AtomicLong oldestSuccessSeconds = new AtomicLong();
    private final AtomicLong sources = new AtomicLong();
    private final AtomicLong failing = new AtomicLong();

    @Inject
    SyncMetrics(MeterRegistry registry) {
        this.registry = registry;
        RESULTS.forEach(result -> {
            syncs(result);
            duration(result);
        });
        WEBHOOKS.forEach(this::webhooks);
        SKIPPED.forEach(this::skipped);
        fetched();
        refusedAnswers();
        registry.gauge("pocket_sync_last_success_age_seconds", oldestSuccessSeconds);
        registry.gauge("pocket_sync_sources", sources);
        registry.gauge("pocket_sync_sources_failing", failing);
    }

    /** A synchronisation ended: changed, unchanged or failed. */
    public void synced(String result, Duration took) {
        syncs(result).increment();
        duration(result).record(took);
    }

    public void fetched(long bytes) {
        fetched().increment(bytes);
    }

    public void leftOut(String reason) {
        skipped(SKIPPED.contains(reason) ? reason : "more-warnings").increment();
    }

    /** A webhook was answered. */
    public void webhook(String result) {
        webhooks(result).increment();
    }

    /** Shows how many deliveries are arriving now, and how many bytes are kept of them. */
    public void watchWebhooks(IntSupplier arriving, LongSupplier keptBytes) {
        Gauge.builder("pocket_sync_webhooks_arriving", arriving::getAsInt).register(registry);
        Gauge.builder("pocket_sync_webhooks_kept_bytes", keptBytes::getAsLong).register(registry);
    }

    /** A large answer was refused, because others were being read. */
    public void answerRefused() {
        refusedAnswers().increment();
    }

    /** Shows how many large answers are under way, and how many bytes they hold. */
    public void watchAnswers(IntSupplier answers, LongSupplier bytes) {
        Gauge.builder("pocket_sync_large_answers", answers::getAsInt).register(registry);
        Gauge.builder("pocket_sync_large_answers_bytes", bytes::getAsLong).register(registry);
    }

    /** The state of all sources together: the greatest age of a last success, how many there are and how many fail. */
    public void sources(long count, long failingCount, long greatestAgeSeconds) {
        sources.set(count);
        failing.set(failingCount);
        oldestSuccessSeconds.set(greatestAgeSeconds);
    }

    private Counter syncs(String result) {
        return registry.counter("pocket_sync_total", "result", result);
    }

    private Timer duration(String result) {
        return registry.timer("pocket_sync_duration", "result", result);
    }

    private Counter webhooks(String result) {
        return registry.counter("pocket_sync_webhook_total", "result", result);
    }

    private Counter skipped(String reason) {
        return registry.counter("pocket_sync_skipped_entries_total", "reason", reason);
    }

    private Counter refusedAnswers() {
        return registry.counter("pocket_sync_large_answers_refused_total");
    }

    private Counter fetched() {
        return registry.counter("pocket_sync_fetch_bytes_total");
    }
}
