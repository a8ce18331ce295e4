package dev.pocketagent.registry.audit;

import java.time.Clock;
import java.time.Duration;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.db.Schema;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;

/** When the ends of the chains are noted: so long after the last time, whichever replica that was. */
@ApplicationScoped
class HeadSchedule {

    private static final Logger LOG = Logger.getLogger(HeadSchedule.class);
    private static final Duration AFTER_TROUBLE = Duration.ofSeconds(30);

    private final HeadExport export;
    private final Duration every;
    private final Clock clock;
    private final Counter exported;
    private final Counter failed;
    private volatile boolean stopping;
    private volatile @Nullable Thread loop;

    @Inject
    HeadSchedule(HeadExport export, AuditConfig config, Clock clock, MeterRegistry meters) {
        this.export = export;
        this.every = config.headsEvery();
        this.clock = clock;
        this.exported = Counter.builder("pocket.audit.heads.exported")
                .description("Ends of audit chains noted outside of the database").register(meters);
        this.failed = Counter.builder("pocket.audit.heads.failures")
                .description("Times that ends of audit chains could not be noted").register(meters);
    }

    void start(@Observes Schema.Ready event) {
        if (every.isPositive()) {
            loop = Thread.ofVirtual().name("audit-heads").start(this::loop);
        }
    }

    void stop(@Observes ShutdownEvent event) {
        stopping = true;
        Thread running = loop;
        if (running != null) {
            running.interrupt();
        }
    }

    private void loop() {
        while (!stopping) {
            Duration pause = every;
            try {
                Duration due = export.last().map(last -> Duration.between(clock.instant(), last.plus(every)))
                        .orElse(Duration.ZERO);
                if (due.isPositive()) {
                    pause = due;
                } else {
                    export.run().ifPresent(written -> exported.increment(written.count()));
                }
            } catch (RuntimeException e) {
                if (stopping) {
                    return;
                }
                failed.increment();
                LOG.errorf("The ends of the audit chains are not noted, trying again: %s", e.getMessage());
                pause = AFTER_TROUBLE.compareTo(every) < 0 ? AFTER_TROUBLE : every;
            }
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                return;
            }
        }
    }
}
