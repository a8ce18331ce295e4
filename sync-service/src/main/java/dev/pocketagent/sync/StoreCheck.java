package dev.pocketagent.sync;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready when the folder of the stores can be written. How the sources are is no part of this: one tenant's broken source must not take
 * the service away from all others; that is what the metrics are for.
 */
@Readiness
@ApplicationScoped
class StoreCheck implements HealthCheck {

    private final Path folder;

    @Inject
    StoreCheck(SyncConfig config) {
        this.folder = config.storeDir();
    }

    @Override
    public HealthCheckResponse call() {
        try {
            Files.createDirectories(folder);
        } catch (IOException notThere) {
            return HealthCheckResponse.named("store").down().build();
        }
        return HealthCheckResponse.named("store").status(Files.isWritable(folder)).build();
    }
}
