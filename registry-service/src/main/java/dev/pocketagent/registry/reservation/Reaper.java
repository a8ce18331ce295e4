package dev.pocketagent.registry.reservation;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.registry.quota.Quotas;
import io.quarkus.runtime.ShutdownEvent;

/**
 * Ends reservations whose time is over, also of tenants of whom nobody wants anything now. One transaction a tenant;
 * replicas share the work, since each leaves alone a quota that another has locked. Nothing depends on it: whoever wants
 * something of a quota ends what expired in it first.
 */
@ApplicationScoped
class Reaper {

    private static final Logger LOG = Logger.getLogger(Reaper.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(10);
    private static final int AT_ONCE = 100;

    private final ReservationStore store;
    private final Quotas quotas;
    private final RowScope rows;
    private final Clock clock;
    private final int atOnce;
    private volatile boolean stopping;
    private volatile @Nullable Thread worker;

    @Inject
    Reaper(ReservationStore store, Quotas quotas, RowScope rows, Clock clock) {
        this(store, quotas, rows, clock, AT_ONCE);
    }

    Reaper(ReservationStore store, Quotas quotas, RowScope rows, Clock clock, int atOnce) {
        this.store = store;
        this.quotas = quotas;
        this.rows = rows;
        this.clock = clock;
        this.atOnce = atOnce;
    }

    void start(@Observes Schema.Ready event) {
        worker = Thread.ofVirtual().name("reservation-reaper").start(this::loop);
    }

    void stop(@Observes ShutdownEvent event) {
        stopping = true;
        Thread running = worker;
        if (running != null) {
            running.interrupt();
        }
    }

    private void loop() {
        while (!stopping) {
            try {
                Thread.sleep(LOOK_EVERY);
                reap();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.warnf("Expired reservations cannot be ended now, trying on: %s", e.getMessage());
            }
        }
    }

    /** Ends what is over now. Each tenant is tried once: who fails stands before nobody. */
    void reap() {
        UUID last = null;
        List<UUID> tenants;
        do {
            UUID behind = last;
            tenants = rows.inAllTenants(() -> store.lapsed(clock.instant(), behind, atOnce));
            for (UUID tenant : tenants) {
                if (!stopping) {
                    reap(tenant);
                }
                last = tenant;
            }
        } while (tenants.size() == atOnce && !stopping);
    }

    /** One that fails holds up no other. */
    private void reap(UUID tenant) {
        try {
            rows.inAllTenants(() -> quotas.lockIfFree(tenant));
        } catch (RuntimeException e) {
            LOG.warnf("Expired reservations of tenant %s cannot be ended now, trying again in %d s: %s", tenant,
                    LOOK_EVERY.toSeconds(), e.getMessage());
        }
    }
}
