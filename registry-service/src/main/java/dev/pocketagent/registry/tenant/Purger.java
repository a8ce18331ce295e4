package dev.pocketagent.registry.tenant;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.registry.audit.Actor;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;

/**
 * Erases tenants whose grace is over, one transaction each: one that fails is said, stays, and holds up no other. Replicas
 * share the work, since each leaves alone what another has locked.
 */
@ApplicationScoped
class Purger {

    private static final Logger LOG = Logger.getLogger(Purger.class);
    private static final Duration LOOK_EVERY = Duration.ofMinutes(1);
    private static final int AT_ONCE = 100;

    private final Tenants tenants;
    private final TenantChanges changes;
    private final TenantMeters meters;
    private final RowScope rows;
    private final Clock clock;
    private final Counter done;
    private final Counter failed;
    private volatile boolean stopping;
    private volatile @Nullable Thread worker;

    @Inject
    Purger(Tenants tenants, TenantChanges changes, TenantMeters meters, RowScope rows, Clock clock,
            MeterRegistry registry) {
        this.tenants = tenants;
        this.changes = changes;
        this.meters = meters;
        this.rows = rows;
        this.clock = clock;
        this.done = counter("done", registry);
        this.failed = counter("failed", registry);
    }

    private static Counter counter(String outcome, MeterRegistry registry) {
        return Counter.builder("pocket.tenant.purges").description("Tenants erased when their grace was over")
                .tag("outcome", outcome).register(registry);
    }

    void start(@Observes Schema.Ready event) {
        worker = Thread.ofVirtual().name("tenant-purge").start(this::loop);
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
                meters.count();
                purge();
            } catch (RuntimeException e) {
                LOG.warnf("Tenants whose grace is over cannot be looked for now, trying on: %s", e.getMessage());
            }
            try {
                Thread.sleep(LOOK_EVERY);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Erases what is due now, and tells how many tenants that were. */
    int purge() {
        int erased = 0;
        int found;
        int before;
        do {
            before = erased;
            List<UUID> due = rows.inAllTenants(this::due);
            found = due.size();
            for (UUID id : due) {
                if (!stopping && erase(id)) {
                    erased++;
                }
            }
        } while (found == AT_ONCE && erased > before && !stopping);
        return erased;
    }

    private boolean erase(UUID id) {
        try {
            boolean mine = rows.inAllTenants(() -> claim(id));
            if (mine) {
                done.increment();
                LOG.infof("Tenant %s is erased, its grace was over", id);
            }
            return mine;
        } catch (RuntimeException e) {
            failed.increment();
            LOG.errorf(e, "Tenant %s cannot be erased now, trying again in %d s", id, LOOK_EVERY.toSeconds());
            return false;
        }
    }

    private List<UUID> due() {
        return tenants.getSession()
                .createNativeQuery("select id from tenant where purge_after <= :now order by purge_after limit :rows",
                        UUID.class)
                .setParameter("now", clock.instant()).setParameter("rows", AT_ONCE).getResultList();
    }

    /** Whether this process got it: another may have it, or have done it, or somebody took the deletion back. */
    private boolean claim(UUID id) {
        if (tenants.getEntityManager()
                .createNativeQuery("select id from tenant where id = :id and purge_after <= :now"
                        + " for update skip locked", UUID.class)
                .setParameter("id", id).setParameter("now", clock.instant()).getResultList().isEmpty()) {
            return false;
        }
        changes.purge(Objects.requireNonNull(tenants.findById(id), "just locked"), "the days of grace are over",
                Actor.SYSTEM);
        return true;
    }
}
