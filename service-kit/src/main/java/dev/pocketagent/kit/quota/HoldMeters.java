package dev.pocketagent.kit.quota;

import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** What becomes of holds. All meters are there, at 0, from the start. */
final class HoldMeters {

    static final String CONFIRMED = "confirmed";
    static final String TAKEN = "taken";
    static final String RELEASED = "released";
    static final String REFUSED = "refused";
    static final String LOST = "lost";

    private final Map<String, Counter> counters;
    private final AtomicLong unsettled = new AtomicLong();

    HoldMeters(MeterRegistry meters) {
        counters = Stream.of(CONFIRMED, TAKEN, RELEASED, REFUSED, LOST)
                .collect(Collectors.toMap(Function.identity(), outcome -> Counter.builder("pocket.quota.holds")
                        .description("Parts of quotas held for things of this service, by what became of them")
                        .tag("outcome", outcome).register(meters)));
        Gauge.builder("pocket.quota.holds.unsettled", unsettled, AtomicLong::get)
                .description("Things whose part of the quota the registry does not hold as it should").register(meters);
    }

    void count(String outcome) {
        Counter counter = counters.get(outcome);
        if (counter != null) {
            counter.increment();
        }
    }

    void unsettled(long number) {
        unsettled.set(number);
    }
}
