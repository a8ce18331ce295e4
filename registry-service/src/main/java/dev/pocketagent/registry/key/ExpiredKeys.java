package dev.pocketagent.registry.key;

import java.time.Duration;
import java.util.List;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.Rounds;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.db.Schema;
import io.quarkus.runtime.ShutdownEvent;

/**
 * Gives the quota back that expired keys take, and tells the trail and the feed of each once. A key stops opening things at
 * its end by itself; this comes within a minute after it. Replicas share the work: a key that one is at is locked, and the
 * others pass it by.
 */
@ApplicationScoped
class ExpiredKeys {

    private static final Logger LOG = Logger.getLogger(ExpiredKeys.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(30);
    private static final int TENANTS_AT_ONCE = 200;

    private final Keys keys;
    private final RowScope rows;
    private final Rounds rounds = new Rounds(LOG, "expired-keys", LOOK_EVERY, "Expired keys are not given back yet");

    @Inject
    ExpiredKeys(Keys keys, RowScope rows) {
        this.keys = keys;
        this.rows = rows;
    }

    void start(@Observes Schema.Ready event) {
        rounds.start(this::settle);
    }

    void stop(@Observes ShutdownEvent event) {
        rounds.stop();
    }

    /**
     * Looks for expired keys until there are none, or only such as another replica is at.
     *
     * @return how many it told of
     */
    int settle() {
        int told = 0;
        while (!rounds.stopping()) {
            List<@Nullable UUID> owners = rows.inAllTenants(() -> keys.ownersOfEnded(TENANTS_AT_ONCE));
            int before = told;
            for (UUID owner : owners) {
                told += settle(owner);
            }
            if (told == before) {
                return told;
            }
        }
        return told;
    }

    /** One transaction a tenant: one that fails holds up no other, and nobody waits in a circle for two tenants' locks. */
    private int settle(@Nullable UUID owner) {
        try {
            return rows.inAllTenants(() -> keys.settleEnded(owner));
        } catch (RuntimeException e) {
            LOG.warnf("Expired keys of %s are not given back yet, trying again in %d s: %s",
                    owner == null ? "the platform" : "tenant " + owner, LOOK_EVERY.toSeconds(), e.getMessage());
            return 0;
        }
    }
}
