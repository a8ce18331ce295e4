package dev.pocketagent.registry.reservation;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;

import dev.pocketagent.kit.Rounds;
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
    private final Rounds rounds = new Rounds(LOG, "reservation-reaper", LOOK_EVERY,
            "Expired reservations cannot be ended now");

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
        rounds.start(this::reap);
    }

    void stop(@Observes ShutdownEvent event) {
        rounds.stop();
    }

    /** Ends what is over now. Each tenant is tried once: who fails stands before nobody. */
    void reap() {
        UUID last = null;
        List<UUID> tenants;
        do {
            UUID behind = last;
            tenants = rows.inAllTenants(() -> store.lapsed(clock.instant(), behind, atOnce));
            for (UUID tenant : tenants) {
                if (!rounds.stopping()) {
                    reap(tenant);
                }
                last = tenant;
            }
        } while (tenants.size() == atOnce && !rounds.stopping());
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
