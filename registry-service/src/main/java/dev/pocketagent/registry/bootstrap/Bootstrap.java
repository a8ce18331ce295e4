package dev.pocketagent.registry.bootstrap;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.registry.key.Keys;
import io.quarkus.runtime.ShutdownEvent;

/**
 * Makes sure at every start that the configured keys exist, by their digests. The service is ready when they do: without
 * them nobody could call it. A missing or damaged file is named in the log and looked at again until it is right.
 */
@Readiness
@ApplicationScoped
class Bootstrap implements HealthCheck {

    private static final Logger LOG = Logger.getLogger(Bootstrap.class);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final BootstrapConfig config;
    private final Keys keys;
    private final RowScope rows;
    private volatile boolean done;
    private volatile boolean stopping;
    private volatile @Nullable String trouble;

    @Inject
    Bootstrap(BootstrapConfig config, Keys keys, RowScope rows) {
        this.config = config;
        this.keys = keys;
        this.rows = rows;
    }

    void start(@Observes Schema.Ready event) {
        Thread.ofVirtual().name("bootstrap").start(this::run);
    }

    void stop(@Observes ShutdownEvent event) {
        stopping = true;
    }

    @Override
    public HealthCheckResponse call() {
        String reason = trouble;
        return HealthCheckResponse.named("bootstrap-keys").status(done)
                .withData("reason", done ? "" : reason == null ? "not done yet" : reason).build();
    }

    private void run() {
        Duration pause = Duration.ofMillis(200);
        while (!stopping && !done) {
            try {
                adopt(KeyFiles.read(config.operatorKeyFile(), config.serviceKeysDir()));
                done = true;
            } catch (IOException | RuntimeException e) {
                trouble = e.getMessage();
                LOG.errorf("The bootstrap keys are not known yet, trying again in %d ms: %s", pause.toMillis(), e);
                try {
                    Thread.sleep(pause);
                } catch (InterruptedException interrupted) {
                    return;
                }
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
            }
        }
    }

    private void adopt(List<KeyFiles.FoundKey> found) {
        for (KeyFiles.FoundKey file : found) {
            boolean isNew = rows.inAllTenants(() -> keys.adopt(file.key(), file.role(), file.name()));
            LOG.infof("Key %s of '%s' (%s) is %s", file.key(), file.name(), file.role(), isNew ? "new" : "known");
        }
        if (found.isEmpty()) {
            LOG.info("No bootstrap keys are configured");
        }
    }
}
