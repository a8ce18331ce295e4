package dev.pocketagent.provisioner.engine;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.BackendException.Kind;
import dev.pocketagent.provisioner.backend.Labels;
import dev.pocketagent.provisioner.backend.Progress;
import dev.pocketagent.provisioner.backend.ServiceSpec;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.engine.api.EngineClient;
import dev.pocketagent.provisioner.engine.http.Waiting;

/** One change under way: what it works on, whom it tells, and how it learns that it must stop. For the one thread that makes the change. */
final class Turn {

    private static final long LONGEST_SLEEP_MILLIS = 500;

    private final EngineClient client;
    private final StackSpec stack;
    private final Progress progress;
    private final Duration callTimeout;
    private @Nullable BackendException stopped;

    /** @param callTimeout of one call, grace periods and pulls not counted */
    Turn(EngineClient client, StackSpec stack, Progress progress, Duration callTimeout) {
        this.client = client;
        this.stack = stack;
        this.progress = progress;
        this.callTimeout = callTimeout;
    }

    EngineClient client() {
        return client;
    }

    StackSpec stack() {
        return stack;
    }

    /** @throws BackendException of kind FAILED when the stack has no such service */
    ServiceSpec service(String name) throws BackendException {
        return stack.service(name)
                .orElseThrow(() -> new BackendException(Kind.FAILED, "The stack has no service " + name + "."));
    }

    /** All labels of a network or volume. */
    Map<String, String> labels(Map<String, String> specified) {
        Map<String, String> all = new LinkedHashMap<>(specified);
        all.put(Labels.COMPOSE_PROJECT, stack.id().project());
        return all;
    }

    /**
     * Nothing of anybody else is ever used, replaced or removed, whatever its name.
     *
     * @param labels that the engine shows of it
     * @param part that it must be; null: any of this stack
     * @param what for people, e.g. {@code volume acme-demo_data}
     * @throws BackendException of kind CONFLICT when it is not this stack's
     */
    void requireOurs(Map<String, String> labels, @Nullable String part, String what) throws BackendException {
        boolean ours = stack.id().stackId().toString().equals(labels.get(Labels.STACK))
                && (part == null || part.equals(labels.get(Labels.PART)));
        if (!ours) {
            throw new BackendException(Kind.CONFLICT,
                    "The name of the " + what
                            + " is taken by something that does not belong to this stack. Rename or remove that.");
        }
    }

    /** For people who watch. */
    void note(String message) {
        progress.note(message);
    }

    /**
     * Before each call that changes something.
     *
     * @throws BackendException of kind STOPPED when this worker must stop
     */
    void proceed() throws BackendException {
        progress.proceed();
    }

    Duration callTimeout() {
        return callTimeout;
    }

    Waiting waiting() {
        return waiting(callTimeout);
    }

    /** Gives up early when this worker must stop; {@link #stopped()} then says why. */
    Waiting waiting(Duration limit) {
        return new Waiting(limit, () -> {
            try {
                progress.proceed();
                return true;
            } catch (BackendException e) {
                stopped = e;
                return false;
            }
        });
    }

    /** Why a call was given up; null: none was. */
    @Nullable
    BackendException stopped() {
        return stopped;
    }

    void sleep(long millis) throws BackendException {
        try {
            long left = millis;
            while (left > 0) {
                Thread.sleep(Math.min(left, LONGEST_SLEEP_MILLIS));
                left -= LONGEST_SLEEP_MILLIS;
                if (left > 0) {
                    proceed();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BackendException(Kind.STOPPED, "This worker was told to stop.", e);
        }
    }
}
