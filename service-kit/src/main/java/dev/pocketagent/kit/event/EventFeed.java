package dev.pocketagent.kit.event;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;

import org.jboss.logging.Logger;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.kit.KitConfig;
import dev.pocketagent.kit.auth.KeyVerifier;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.kit.registry.RegistryClient;
import io.quarkus.arc.All;
import io.quarkus.runtime.ShutdownEvent;

/**
 * Follows the registry's feed by long poll: one loop that evicts remembered keys in this process, and one for each
 * {@link EventHandler}, whose cursor row makes replicas take turns.
 */
@ApplicationScoped
class EventFeed {

    private static final Logger LOG = Logger.getLogger(EventFeed.class);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final String LATEST = "latest";

    private final KitConfig config;
    private final RegistryClient registry;
    private final KeyVerifier keys;
    private final RowScope rows;
    private final EntityManager database;
    private final List<EventHandler> handlers;
    private final List<Thread> loops = new ArrayList<>();
    private volatile boolean stopping;

    @Inject
    EventFeed(KitConfig config, RegistryClient registry, KeyVerifier keys, RowScope rows, EntityManager database,
            @All List<EventHandler> handlers) {
        this.config = config;
        this.registry = registry;
        this.keys = keys;
        this.rows = rows;
        this.database = database;
        this.handlers = handlers;
    }

    void start(@Observes Schema.Ready event) {
        if (!config.events().enabled()) {
            return;
        }
        loops.add(Thread.ofVirtual().name("events-keys").start(this::followForKeys));
        for (EventHandler handler : handlers) {
            loops.add(Thread.ofVirtual().name("events-" + handler.name()).start(() -> followFor(handler)));
        }
    }

    void stop(@Observes ShutdownEvent event) {
        stopping = true;
        loops.forEach(Thread::interrupt);
    }

    /** What is remembered is younger than this process, so this loop starts at the feed's end and keeps no cursor. */
    private void followForKeys() {
        Position position = new Position(LATEST);
        loop("keys", position, event -> {
            UUID tenant = event.tenantId();
            if (event.type().startsWith("key.") && event.data().hasNonNull("keyId")) {
                keys.evictKey(UUID.fromString(event.data().get("keyId").asText()));
            } else if (tenant != null && event.type().startsWith("tenant.")) {
                keys.evictTenant(tenant);
            }
        });
    }

    private void followFor(EventHandler handler) {
        Position position = new Position("");
        loop(handler.name(), position, event -> rows.inAllTenants(() -> {
            // The row's lock makes replicas take turns; who comes second finds the cursor moved and does nothing.
            long done = cursor(handler.name(), true);
            if (event.seq() > done) {
                handler.on(event);
                database.createNativeQuery("update event_cursor set seq = :seq where consumer = :name")
                        .setParameter("seq", event.seq()).setParameter("name", handler.name()).executeUpdate();
            }
            return done;
        }));
    }

    private static final class Position {
        private String after;

        Position(String after) {
            this.after = after;
        }
    }

    private void loop(String name, Position position, Consumer<Event> consumer) {
        Duration pause = Duration.ofMillis(200);
        while (!stopping) {
            try {
                if (position.after.isEmpty()) {
                    position.after = String.valueOf(rows.inAllTenants(() -> cursor(name, false)));
                }
                JsonNode page = registry.get("/api/v1/events?limit=200&after=" + position.after + "&wait="
                        + config.events().pollWait().toSeconds() + "s", config.events().pollWait().plusSeconds(5))
                        .toCompletableFuture().get();
                for (JsonNode item : page.path("items")) {
                    Event event = read(item);
                    consumer.accept(event);
                    position.after = String.valueOf(event.seq());
                }
                if (page.hasNonNull("next")) {
                    position.after = page.get("next").asText();
                }
                pause = Duration.ofMillis(200);
            } catch (InterruptedException e) {
                return;
            } catch (ExecutionException | RuntimeException e) {
                if (stopping) {
                    return;
                }
                Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
                LOG.debugf(cause, "Event feed '%s' pauses %d ms", name, pause.toMillis());
                if (pause.equals(LONGEST_PAUSE)) {
                    LOG.warnf("Event feed '%s' is behind, trying on: %s", name, cause.getMessage());
                }
                try {
                    Thread.sleep(pause);
                } catch (InterruptedException interrupted) {
                    return;
                }
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
            }
        }
    }

    private long cursor(String name, boolean lock) {
        database.createNativeQuery(
                "insert into event_cursor (consumer, seq) values (:name, 0) on conflict (consumer) do nothing")
                .setParameter("name", name).executeUpdate();
        return ((Number) database
                .createNativeQuery("select seq from event_cursor where consumer = :name" + (lock ? " for update" : ""),
                        Long.class)
                .setParameter("name", name).getSingleResult()).longValue();
    }

    private static Event read(JsonNode item) {
        return new Event(item.path("seq").asLong(), UUID.fromString(item.path("id").asText()),
                item.path("type").asText(),
                item.hasNonNull("tenantId") ? UUID.fromString(item.get("tenantId").asText()) : null,
                Instant.parse(item.path("at").asText()), item.path("data"));
    }
}
