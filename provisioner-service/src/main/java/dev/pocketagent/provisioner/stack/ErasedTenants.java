package dev.pocketagent.provisioner.stack;

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
import dev.pocketagent.kit.event.Event;
import dev.pocketagent.kit.event.EventHandler;
import io.quarkus.runtime.ShutdownEvent;

/**
 * Erases here what the registry has erased: a tenant's secrets with their key and its history at once, its stacks as soon as their
 * backends give them up. A backend that was away for longer than an operation tries is asked again every hour.
 */
@ApplicationScoped
class ErasedTenants implements EventHandler {

    private static final Logger LOG = Logger.getLogger(ErasedTenants.class);
    private static final Duration LOOK_EVERY = Duration.ofHours(1);

    private final Stacks stacks;
    private final StackStore store;
    private final RowScope rows;
    private final Rounds rounds = new Rounds(LOG, "erased-tenants", LOOK_EVERY,
            "What is left of erased tenants cannot be deleted now");

    @Inject
    ErasedTenants(Stacks stacks, StackStore store, RowScope rows) {
        this.stacks = stacks;
        this.store = store;
        this.rows = rows;
    }

    /** A cursor of its own, which begins at the start of the feed: tenants erased before this was there are erased here, too. */
    @Override
    public String name() {
        return "stacks-erased-tenants";
    }

    @Override
    public boolean wants(String type) {
        return type.equals("tenant.purged");
    }

    @Override
    public void on(Event event) {
        UUID tenant = event.tenantId();
        if (tenant != null) {
            stacks.erase(tenant);
        }
    }

    void start(@Observes Schema.Ready event) {
        rounds.start(this::tryAgain);
    }

    void stop(@Observes ShutdownEvent event) {
        rounds.stop();
    }

    /** Erases once more those of whom something is left, as after a deletion that has failed. */
    void tryAgain() {
        List<UUID> tenants = rows.inAllTenants(store::erasedInPart);
        for (UUID tenant : tenants) {
            LOG.infof("What is left of the erased tenant %s is deleted once more", tenant);
            rows.inAllTenants(() -> {
                stacks.erase(tenant);
                return tenant;
            });
        }
    }
}
