package dev.pocketagent.router.gateway;

import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;

import dev.pocketagent.router.provider.Failure;
import dev.pocketagent.router.provider.Provider;
import dev.pocketagent.router.provider.Providers;
import dev.pocketagent.router.usage.UsageRow;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

/** Meters of the data path, all there at 0 from the start. Labels are bounded by the configuration. */
@Singleton
class RouterMetrics {

    /** How a request ended, as seen from the client. */
    enum Outcome {
        OK, CLIENT_ERROR, UNAUTHENTICATED, FORBIDDEN, OVERLOADED, RATE_LIMITED, UPSTREAM_ERROR, INTERRUPTED, CLIENT_LEFT, INTERNAL_ERROR
    }

    /** Reasons for a failed call to a provider that are not a {@link Failure}. */
    static final String BAD_RESPONSE = "bad_response";
    static final String RATE_LIMITED = "rate_limited";
    static final String REFUSED = "refused";
    static final String ERROR_STATUS = "error_status";

    private static final String[] OTHER_FAILURES = {BAD_RESPONSE, RATE_LIMITED, REFUSED, ERROR_STATUS};
    private static final Duration[] STEPS = {Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofMillis(25),
            Duration.ofMillis(100), Duration.ofMillis(500), Duration.ofSeconds(1), Duration.ofSeconds(5),
            Duration.ofSeconds(30), Duration.ofMinutes(2)};

    private final Map<Outcome, Counter> requests = new EnumMap<>(Outcome.class);
    private final Map<String, PerProvider> byProvider = new HashMap<>();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final Timer requestTime;

    private record PerProvider(Counter input, Counter output, Counter cost, Timer firstByte,
            Map<String, Counter> failures) {}

    @Inject
    RouterMetrics(MeterRegistry registry, Providers providers) {
        for (var outcome : Outcome.values()) {
            requests.put(outcome, Counter.builder("pocket_router_requests").description("Requests by how they ended")
                    .tag("outcome", outcome.name().toLowerCase(Locale.ROOT)).register(registry));
        }
        requestTime = Timer.builder("pocket_router_request").description("From a request's arrival to its end")
                .serviceLevelObjectives(STEPS).register(registry);
        Gauge.builder("pocket_router_in_flight", inFlight, AtomicInteger::get)
                .description("Requests that are being worked on").register(registry);
        for (var provider : providers.all()) {
            byProvider.put(provider.name(), meters(provider, registry));
        }
    }

    private static PerProvider meters(Provider provider, MeterRegistry registry) {
        var name = provider.name();
        var failures = new HashMap<String, Counter>();
        for (var failure : Failure.values()) {
            failures.put(failure.word(), failure(name, failure.word(), registry));
        }
        for (var reason : OTHER_FAILURES) {
            failures.put(reason, failure(name, reason, registry));
        }
        Gauge.builder("pocket_router_provider_healthy", provider, p -> p.health().healthy() ? 1 : 0)
                .description("1 when pocket/auto may choose the provider").tag("provider", name).register(registry);
        return new PerProvider(tokens(name, "input", registry), tokens(name, "output", registry),
                Counter.builder("pocket_router_cost_micros").description("Cost in micro-dollars").tag("provider", name)
                        .register(registry),
                Timer.builder("pocket_router_first_byte").description("From a request's arrival to its first byte out")
                        .serviceLevelObjectives(STEPS).tag("provider", name).register(registry),
                failures);
    }

    private static Counter failure(String provider, String reason, MeterRegistry registry) {
        return Counter.builder("pocket_router_upstream_failures").description("Failed calls to providers")
                .tag("provider", provider).tag("reason", reason).register(registry);
    }

    private static Counter tokens(String provider, String direction, MeterRegistry registry) {
        return Counter.builder("pocket_router_tokens").description("Tokens booked").tag("provider", provider)
                .tag("direction", direction).register(registry);
    }

    AtomicInteger inFlight() {
        return inFlight;
    }

    void ended(Outcome outcome, long nanos) {
        counter(requests, outcome).increment();
        requestTime.record(nanos, TimeUnit.NANOSECONDS);
    }

    void firstByte(String provider, long nanos) {
        of(provider).firstByte.record(nanos, TimeUnit.NANOSECONDS);
    }

    void failure(String provider, String reason) {
        counter(of(provider).failures, reason).increment();
    }

    void booked(UsageRow row) {
        var meters = of(row.provider());
        meters.input.increment(row.inputTokens());
        meters.output.increment(row.outputTokens());
        meters.cost.increment(row.costMicros());
    }

    private PerProvider of(String provider) {
        var meters = byProvider.get(provider);
        if (meters == null) {
            throw new IllegalStateException("Unknown provider " + provider);
        }
        return meters;
    }

    private static <K> Counter counter(Map<K, Counter> counters, K key) {
        var counter = counters.get(key);
        if (counter == null) {
            throw new IllegalStateException("No counter for " + key);
        }
        return counter;
    }
}
