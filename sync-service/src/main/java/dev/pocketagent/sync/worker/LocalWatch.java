package dev.pocketagent.sync.worker;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.PersistenceException;

import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.sync.SyncConfig;
import dev.pocketagent.sync.job.Cause;
import dev.pocketagent.sync.job.Operations;
import dev.pocketagent.sync.local.FolderWatcher;

/** Turns changes below local directories into operations. Started with the first local source. */
@ApplicationScoped
class LocalWatch {

    private static final Logger LOG = Logger.getLogger(LocalWatch.class);

    private final RowScope rows;
    private final Operations operations;
    private final SyncConfig.Jobs config;
    private final Map<UUID, UUID> tenants = new ConcurrentHashMap<>();
    private @Nullable FolderWatcher watcher;

    @Inject
    LocalWatch(RowScope rows, Operations operations, SyncConfig config) {
        this.rows = rows;
        this.operations = operations;
        this.config = config.jobs();
    }

    /** Watches the directory of a source from now on. */
    synchronized void watch(UUID tenantId, UUID sourceId, Path directory) {
        FolderWatcher running = watcher;
        if (running == null) {
            try {
                running = new FolderWatcher(this::changed, config.watchQuiet(), config.watchLongest());
                watcher = running;
            } catch (IOException none) {
                LOG.warnf("Local directories cannot be watched, they are looked at every %d s: %s",
                        config.localInterval().toSeconds(),
                        none.getMessage());
                return;
            }
        }
        tenants.put(sourceId, tenantId);
        running.watch(sourceId, directory);
    }

    /** Stops watching everything but these sources. */
    synchronized void keepOnly(Set<UUID> sources) {
        FolderWatcher running = watcher;
        if (running != null) {
            for (UUID watched : running.watched()) {
                if (!sources.contains(watched)) {
                    running.unwatch(watched);
                    tenants.remove(watched);
                }
            }
        }
    }

    @PreDestroy
    synchronized void stop() throws IOException {
        if (watcher != null) {
            watcher.close();
        }
    }

    private void changed(UUID sourceId) {
        UUID tenantId = tenants.get(sourceId);
        if (tenantId == null) {
            return;
        }
        try {
            rows.inTenant(tenantId, () -> operations.enqueue(tenantId, sourceId, Cause.WATCH));
        } catch (PersistenceException gone) {
            // the source was deleted, or the database is away: then the periodic look sees the change
            LOG.debugf("Change of %s not queued: %s", sourceId, gone.getMessage());
        }
    }
}
