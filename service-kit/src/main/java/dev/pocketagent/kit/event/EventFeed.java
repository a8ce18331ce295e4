package dev.pocketagent.kit.event;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.kit.KitConfig;
import dev.pocketagent.kit.auth.KeyVerifier;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.kit.registry.RegistryClient;
import dev.pocketagent.kit.registry.RegistryException;
import io.quarkus.arc.All;
import io.quarkus.runtime.ShutdownEvent;

/**
 * Follows the registry's feed by long poll: one loop that evicts remembered keys in this process, and one for each
 * {@link EventHandler}, whose cursor row makes replicas take turns. When the registry was restored to an earlier state and
 * has no such place any more, the keys are forgotten, and the handlers are told the present state of all tenants.
 */
@ApplicationScoped
class EventFeed {

    private static final Logger LOG = Logger.getLogger(EventFeed.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    /** The registry's code for a place that its feed does not have. */
    private static final String CURSOR_AHEAD = "cursor_ahead";

    private final KitConfig config;
    private final RegistryClient registry;
    private final KeyVerifier keys;
    private final RowScope rows;
    private final Cursors cursors;
    private final List<EventHandler> handlers;
    private final List<Thread> loops = new ArrayList<>();
    private volatile boolean stopping;

    @Inject
    EventFeed(KitConfig config, RegistryClient registry, KeyVerifier keys, RowScope rows, Cursors cursors,
            @All List<EventHandler> handlers) {
        this.config = config;
        this.registry = registry;
        this.keys = keys;
        this.rows = rows;
        this.cursors = cursors;
        this.handlers = handlers;
    }

    void start(@Observes Schema.Ready event) {
        if (!config.events().enabled()) {
            return;
        }
        loops.add(Thread.ofVirtual().name("events-keys").start(() -> loop(new KeyReader())));
        for (EventHandler handler : handlers) {
            loops.add(Thread.ofVirtual().name("events-" + handler.name())
                    .start(() -> loop(new HandlerReader(handler))));
        }
    }

    void stop(@Observes ShutdownEvent event) {
        stopping = true;
        loops.forEach(Thread::interrupt);
    }

    /** What a loop does with the feed. */
    private interface Reader {

        String name();

        /** Where it goes on. */
        Place place();

        /** Whether it has something to do for this event; if not, it may be told only of the last such one in a row. */
        default boolean wants(Event event) {
            return true;
        }

        /**
         * Takes one event.
         *
         * @param from where the page began that the event is of
         * @return false when the place was moved back meanwhile, so that the rest of the page is void
         */
        boolean on(Place from, Event event);

        /** The registry was restored to an earlier state, and its feed does not have this place. */
        void restored(Place lost);
    }

    private final class KeyReader implements Reader {

        private @Nullable Place place;

        @Override
        public String name() {
            return "keys";
        }

        /** Keeps no cursor: it begins at the feed's end, with nothing remembered. */
        @Override
        public Place place() {
            Place known = place;
            if (known == null) {
                known = end();
                // In this order: what is looked up from here on is at least as new as that end.
                keys.evictAll();
                place = known;
            }
            return known;
        }

        @Override
        public boolean on(Place from, Event event) {
            UUID tenant = event.tenantId();
            if (event.type().startsWith("key.") && event.data().hasNonNull("keyId")) {
                keys.evictKey(UUID.fromString(event.data().get("keyId").asText()));
            } else if (tenant != null && event.type().startsWith("tenant.")) {
                keys.evictTenant(tenant);
            }
            place = new Place(event.seq(), event.id());
            return true;
        }

        @Override
        public void restored(Place lost) {
            place = null;
            place();
        }
    }

    private final class HandlerReader implements Reader {

        private final EventHandler handler;

        HandlerReader(EventHandler handler) {
            this.handler = handler;
        }

        @Override
        public String name() {
            return handler.name();
        }

        @Override
        public Place place() {
            Place known = rows.inAllTenants(() -> cursors.read(handler.name()));
            if (known != null) {
                return known;
            }
            Place first = handler.beginsAtEnd() ? end() : new Place(0, null);
            return rows.inAllTenants(() -> {
                cursors.begin(handler.name(), first);
                return cursors.lock(handler.name());
            });
        }

        @Override
        public boolean wants(Event event) {
            return handler.wants(event.type());
        }

        @Override
        public boolean on(Place from, Event event) {
            return rows.inAllTenants(() -> {
                // The row's lock makes replicas take turns; who comes second finds the cursor moved and does nothing.
                long done = cursors.lock(handler.name()).seq();
                if (event.seq() > done && done >= from.seq()) {
                    tell(event);
                    cursors.move(handler.name(), new Place(event.seq(), event.id()));
                }
                return done >= from.seq();
            });
        }

        /**
         * Tells the handler the present state of all tenants, then goes on from where the feed ended before that. Replicas
         * take turns page by page, and read a page while they hold the cursor: so none tells an older state after a newer
         * one. Whoever comes to the end first moves the cursor, and the others find it moved.
         */
        @Override
        public void restored(Place lost) {
            Place end = end();
            String cursor = "";
            do {
                String from = cursor;
                JsonNode page = rows.inAllTenants(() -> cursors.lock(handler.name()).equals(lost)
                        ? tell(from, end)
                        : null);
                if (page == null) {
                    return;
                }
                cursor = page.path("nextCursor").asText();
            } while (!cursor.isEmpty());
            rows.inAllTenants(() -> {
                boolean isOurs = cursors.lock(handler.name()).equals(lost);
                if (isOurs) {
                    cursors.move(handler.name(), end);
                }
                return isOurs;
            });
        }

        private void tell(Event event) {
            if (wants(event)) {
                handler.on(event);
            }
        }

        private JsonNode tell(String cursor, Place end) {
            JsonNode page = ask("/api/v1/tenants?limit=200"
                    + (cursor.isEmpty() ? "" : "&cursor=" + URLEncoder.encode(cursor, StandardCharsets.UTF_8)));
            for (JsonNode tenant : page.path("items")) {
                tell(present(tenant, end));
            }
            return page;
        }
    }

    /** A tenant's state as the event that would have led to it. */
    private static Event present(JsonNode tenant, Place end) {
        String state = tenant.path("state").asText();
        String type = switch (state) {
            case "active" -> "tenant.resumed";
            case "suspended" -> "tenant.suspended";
            case "deleting" -> "tenant.deleting";
            case "deleted" -> "tenant.purged";
            default ->
                throw new IllegalStateException("The registry has a state of tenants that is not known: " + state);
        };
        return new Event(end.seq(), UUID.randomUUID(), type, UUID.fromString(tenant.path("id").asText()),
                Instant.parse(tenant.path("stateChangedAt").asText(tenant.path("createdAt").asText())), tenant);
    }

    /** Where the feed ends, with the event there: without it a restore before the next event could go unnoticed. */
    private Place end() {
        long seq = ask("/api/v1/events?after=latest").path("next").asLong();
        if (seq == 0) {
            return new Place(0, null);
        }
        JsonNode last = ask("/api/v1/events?limit=1&after=" + (seq - 1)).path("items").path(0);
        return new Place(seq, last.path("seq").asLong() == seq ? UUID.fromString(last.path("id").asText()) : null);
    }

    /** A short call; fails with {@link CompletionException}. */
    private JsonNode ask(String path) {
        return registry.get(path, config.registry().timeout()).toCompletableFuture().join();
    }

    private void loop(Reader reader) {
        Duration pause = FIRST_PAUSE;
        while (!stopping) {
            try {
                follow(reader);
                pause = FIRST_PAUSE;
            } catch (InterruptedException e) {
                return;
            } catch (ExecutionException | RuntimeException e) {
                if (stopping) {
                    return;
                }
                Throwable cause = cause(e);
                LOG.debugf(cause, "Event feed '%s' pauses %d ms", reader.name(), pause.toMillis());
                if (pause.equals(LONGEST_PAUSE)) {
                    LOG.warnf("Event feed '%s' is behind, trying on: %s", reader.name(), cause.getMessage());
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

    private void follow(Reader reader) throws InterruptedException, ExecutionException {
        Place place = reader.place();
        JsonNode page;
        try {
            page = registry.get("/api/v1/events?limit=200&after=" + place.seq()
                    + (place.seen() == null ? "" : "&seen=" + place.seen()) + "&wait="
                    + config.events().pollWait().toSeconds() + "s", config.events().pollWait().plusSeconds(5))
                    .toCompletableFuture().get();
        } catch (ExecutionException e) {
            if (!(cause(e) instanceof RegistryException refused) || !refused.code().equals(CURSOR_AHEAD)) {
                throw e;
            }
            LOG.errorf("Event feed '%s' takes over the registry's present state, which is an earlier one: %s",
                    reader.name(), refused.getMessage());
            reader.restored(place);
            LOG.warnf("Event feed '%s' has taken over the registry's present state, and goes on from there",
                    reader.name());
            return;
        }
        Event passed = null;
        for (JsonNode item : page.path("items")) {
            Event event = read(item);
            if (!reader.wants(event)) {
                passed = event;
            } else if (reader.on(place, event)) {
                passed = null;
            } else {
                return;
            }
        }
        if (passed != null) {
            reader.on(place, passed);
        }
    }

    private static Throwable cause(Exception e) {
        Throwable cause = e.getCause();
        return cause != null && (e instanceof ExecutionException || e instanceof CompletionException) ? cause : e;
    }

    private static Event read(JsonNode item) {
        return new Event(item.path("seq").asLong(), UUID.fromString(item.path("id").asText()),
                item.path("type").asText(),
                item.hasNonNull("tenantId") ? UUID.fromString(item.get("tenantId").asText()) : null,
                Instant.parse(item.path("at").asText()), item.path("data"));
    }
}
