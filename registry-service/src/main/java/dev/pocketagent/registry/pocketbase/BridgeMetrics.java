package dev.pocketagent.registry.pocketbase;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** What Prometheus sees of the bridge. */
@ApplicationScoped
class BridgeMetrics {

    private final Clock clock;
    private final Map<String, Counter> runs;
    private volatile Report.Counts newest = Report.Counts.NONE;
    private volatile @Nullable UUID newestRun;
    private volatile @Nullable Instant lastSuccessAt;

    @Inject
    BridgeMetrics(MeterRegistry meters, Clock clock) {
        this.clock = clock;
        this.runs = Stream.of(Report.COMPLETED, Report.PARTIAL, Report.FAILED)
                .collect(Collectors.toMap(Function.identity(), outcome -> Counter.builder("pocket.pocketbase.runs")
                        .description("Runs of the PocketBase bridge, by outcome").tag("outcome", outcome)
                        .register(meters)));
        gauge(meters, "drift", Report.Counts::drift);
        gauge(meters, "conflict", Report.Counts::conflicts);
        gauge(meters, "bad", Report.Counts::bad);
        Gauge.builder("pocket.pocketbase.last.success.age", this, BridgeMetrics::age).baseUnit("seconds")
                .description("Time since a run last came to its end; NaN when none has").register(meters);
    }

    private void gauge(MeterRegistry meters, String kind, ToIntFunction<Report.Counts> count) {
        Gauge.builder("pocket.pocketbase.drift", this, me -> count.applyAsInt(me.newest)).tag("kind", kind)
                .description("What differs between records and tenants and is not put right by itself")
                .register(meters);
    }

    private double age() {
        Instant last = lastSuccessAt;
        return last == null ? Double.NaN : Duration.between(last, clock.instant()).toMillis() / 1000.0;
    }

    /** A run of this process. */
    void ran(Report report) {
        Counter counter = runs.get(report.outcome());
        if (counter != null) {
            counter.increment();
        }
        if (!report.outcome().equals(Report.FAILED) && !report.onlyLooks()) {
            seen(report, report.finishedAt());
        }
    }

    /** A run, of whichever process. */
    void seen(Report report, @Nullable Instant successAt) {
        newest = report.counts();
        newestRun = report.id();
        lastSuccess(successAt);
    }

    /** The run that the gauges tell of; null when there is none. */
    @Nullable
    UUID newestRun() {
        return newestRun;
    }

    @Nullable
    Instant lastSuccess() {
        return lastSuccessAt;
    }

    void lastSuccess(@Nullable Instant successAt) {
        lastSuccessAt = successAt;
    }
}
