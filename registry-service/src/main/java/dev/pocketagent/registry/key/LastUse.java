package dev.pocketagent.registry.key;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.registry.Sql;
import io.quarkus.runtime.ShutdownEvent;

/**
 * When keys were last used. Uses are gathered in memory and written once a minute, one update a key however often it was
 * used; what a crash loses is at most a minute of them.
 */
@ApplicationScoped
class LastUse {

    private static final Logger LOG = Logger.getLogger(LastUse.class);
    private static final Duration WRITE_EVERY = Duration.ofSeconds(60);

    private final RowScope rows;
    private final Sql sql;
    private final ConcurrentMap<UUID, Instant> uses = new ConcurrentHashMap<>();
    private volatile boolean stopping;
    private volatile @Nullable Thread writer;

    @Inject
    LastUse(RowScope rows, Sql sql) {
        this.rows = rows;
        this.sql = sql;
    }

    void start(@Observes Schema.Ready event) {
        writer = Thread.ofVirtual().name("key-last-use").start(this::loop);
    }

    void stop(@Observes ShutdownEvent event) {
        stopping = true;
        Thread running = writer;
        if (running != null) {
            running.interrupt();
        }
        write();
    }

    void note(UUID keyId, Instant at) {
        uses.merge(keyId, at, (known, now) -> now.isAfter(known) ? now : known);
    }

    private void loop() {
        while (!stopping) {
            try {
                Thread.sleep(WRITE_EVERY);
            } catch (InterruptedException e) {
                return;
            }
            write();
        }
    }

    /** Writes what was gathered. What cannot be written now is kept for the next time. */
    void write() {
        // In the order of ids, so that two replicas with the same keys cannot wait for each other's locks in a circle.
        Map<UUID, Instant> batch = new TreeMap<>();
        uses.forEach((key, at) -> {
            if (uses.remove(key, at)) {
                batch.put(key, at);
            }
        });
        if (batch.isEmpty()) {
            return;
        }
        try {
            rows.inAllTenants(() -> sql.run(connection -> update(connection, batch)));
        } catch (RuntimeException e) {
            LOG.warnf("Last uses of %d keys are not written yet: %s", batch.size(), e.getMessage());
            batch.forEach(this::note);
        }
    }

    private static int update(Connection connection, Map<UUID, Instant> batch) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("update api_key set last_used_at = ?"
                + " where id = ? and (last_used_at is null or last_used_at < ?)")) {
            for (Map.Entry<UUID, Instant> use : batch.entrySet()) {
                update.setObject(1, use.getValue().atOffset(ZoneOffset.UTC));
                update.setObject(2, use.getKey());
                update.setObject(3, use.getValue().atOffset(ZoneOffset.UTC));
                update.addBatch();
            }
            return update.executeBatch().length;
        }
    }
}
