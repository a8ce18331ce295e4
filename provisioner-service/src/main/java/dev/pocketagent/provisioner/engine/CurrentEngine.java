package dev.pocketagent.provisioner.engine;

import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.provisioner.backend.Availability;
import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.BackendException.Kind;
import dev.pocketagent.provisioner.engine.api.EngineClient;
import dev.pocketagent.provisioner.engine.http.EngineException;

/**
 * The engine that answers at present. Looked for when it is first needed, and again whenever the last one has gone away. Safe for many
 * threads, of which one at a time looks.
 */
final class CurrentEngine {

    /** How long it is remembered that the engine answers, or that none does. */
    private static final Duration REMEMBER = Duration.ofSeconds(3);

    private final EngineDiscovery discovery;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Known known = new Known(null, "", "", 0);

    /** What is known of the engine, and since when ({@link System#nanoTime()}; 0: in doubt). */
    private record Known(@Nullable EngineClient client, String reason, String cure, long at) {
        boolean fresh() {
            return at != 0 && System.nanoTime() - at < REMEMBER.toNanos();
        }
    }

    CurrentEngine(EngineDiscovery discovery) {
        this.discovery = discovery;
    }

    Availability availability() {
        Known now = known.fresh() ? known : look();
        EngineClient client = now.client();
        return client == null
                ? new Availability.Unavailable(now.reason(), now.cure())
                : new Availability.Available(client.version() + " at " + client.address());
    }

    /** @throws BackendException of kind UNAVAILABLE when there is none, with what to do about it */
    EngineClient client() throws BackendException {
        Known now = known;
        if ((now.client() == null || now.at() == 0) && !now.fresh()) {
            now = look();
        }
        EngineClient client = now.client();
        if (client == null) {
            throw new BackendException(Kind.UNAVAILABLE, now.reason() + "; " + now.cure());
        }
        return client;
    }

    /** After a call that brought no answer: the next one asks anew who is there. */
    void doubt() {
        Known now = known;
        known = new Known(now.client(), now.reason(), now.cure(), 0);
    }

    /** Makes sure that the engine answers, or looks for another one. */
    private Known look() {
        lock.lock();
        try {
            Known before = known;
            if (before.fresh()) {
                return before;
            }
            EngineClient client = before.client();
            if (client != null) {
                try {
                    client.ping();
                    known = new Known(client, "", "", System.nanoTime());
                    return known;
                } catch (EngineException e) {
                    // Gone, or another one by now: look again.
                }
            }
            known = switch (discovery.find()) {
                case EngineDiscovery.Result.Found found -> new Known(found.client(), "", "", System.nanoTime());
                case EngineDiscovery.Result.Missing missing ->
                    new Known(null, missing.reason(), missing.cure(), System.nanoTime());
            };
            return known;
        } finally {
            lock.unlock();
        }
    }
}
