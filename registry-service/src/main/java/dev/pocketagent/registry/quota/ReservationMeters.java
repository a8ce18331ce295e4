package dev.pocketagent.registry.quota;

import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** What becomes of reservations. */
@ApplicationScoped
public class ReservationMeters {

    public static final String RESERVED = "reserved";
    public static final String REFUSED = "refused";
    public static final String CONFIRMED = "confirmed";
    public static final String RELEASED = "released";
    public static final String REPLACED = "replaced";
    public static final String EXPIRED = "expired";

    /** Fired in the transaction, counted when it has succeeded. */
    record Happened(String outcome) {}

    private final Map<String, Counter> counters;
    private final Event<Happened> events;

    @Inject
    ReservationMeters(MeterRegistry meters, Event<Happened> events) {
        this.events = events;
        this.counters = Stream.of(RESERVED, REFUSED, CONFIRMED, RELEASED, REPLACED, EXPIRED)
                .collect(Collectors.toMap(Function.identity(), outcome -> Counter.builder("pocket.reservations")
                        .description("Reservations, by what became of them").tag("outcome", outcome)
                        .register(meters)));
    }

    /** Counts what this transaction has done, once it is committed. */
    public void happened(String outcome) {
        events.fire(new Happened(outcome));
    }

    /** Counts a refusal, at once: its transaction never commits. */
    public void refused() {
        count(new Happened(REFUSED));
    }

    void count(@Observes(during = TransactionPhase.AFTER_SUCCESS) Happened happened) {
        Counter counter = counters.get(happened.outcome);
        if (counter != null) {
            counter.increment();
        }
    }
}
