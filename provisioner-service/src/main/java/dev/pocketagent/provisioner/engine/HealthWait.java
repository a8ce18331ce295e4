package dev.pocketagent.provisioner.engine;

import java.time.Duration;

import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.BackendException.Kind;
import dev.pocketagent.provisioner.backend.Observed.State;
import dev.pocketagent.provisioner.backend.SecretText;
import dev.pocketagent.provisioner.backend.ServiceSpec;
import dev.pocketagent.provisioner.backend.ServiceSpec.Health;
import dev.pocketagent.provisioner.engine.api.ContainerInfo;
import dev.pocketagent.provisioner.engine.http.EngineException;

/** Waits until a service is healthy, or running when it has no health check, and says as soon as it is certain that it will not be. */
final class HealthWait {

    /** A container that ended may be about to be started again by its restart policy. */
    private static final Duration RESTART_DOUBT = Duration.ofSeconds(2);
    private static final int LAST_WORDS_LINES = 5;
    private static final int LAST_WORDS_CHARS = 1000;

    private final HealthChecks checks;
    private final MemoryKills memoryKills;

    HealthWait(HealthChecks checks, MemoryKills memoryKills) {
        this.checks = checks;
        this.memoryKills = memoryKills;
    }

    /**
     * Waits for the service's patience at most.
     *
     * @throws BackendException of kind UNHEALTHY when it ended or was not healthy in time, with the last that it wrote; CONFLICT when its
     *         container is gone
     */
    void await(Turn turn, ServiceSpec service) throws BackendException, EngineException {
        Health health = service.health().orElse(null);
        long start = System.nanoTime();
        long limit = (health == null ? RESTART_DOUBT : health.patience()).toNanos();
        // A command inside is dear, see HealthWatch.
        long pause = health != null && health.probe() instanceof ServiceSpec.Probe.Exec ? 250 : 50;
        String shown = "";
        long endedSince = 0;
        while (true) {
            turn.proceed();
            ContainerInfo info = turn.client().containers().find(service.containerName())
                    .orElseThrow(() -> StackContainers.gone(service));
            turn.requireOurs(info.labels(), service.name(), "container " + service.containerName());
            Inspected container = new Inspected(info);
            String reason;
            if (container.state() == State.RUNNING) {
                endedSince = 0;
                if (health == null) {
                    return;
                }
                switch (checks.ask(turn.client(), container, health, turn.waiting(health.timeout()))) {
                    case Prober.Answer.Well well -> {
                        return;
                    }
                    case Prober.Answer.Unwell unwell -> reason = unwell.reason();
                }
            } else {
                reason = "it is " + info.status();
                boolean over = container.ended();
                endedSince = over ? endedSince == 0 ? System.nanoTime() : endedSince : 0;
                boolean restarts = info.exitCode() != 0 && info.restartCount() < service.restart().maximumRetries();
                if (over && (!restarts || System.nanoTime() - endedSince > RESTART_DOUBT.toNanos())) {
                    throw ended(turn, service, container);
                }
            }
            if (!reason.equals(shown)) {
                turn.note("waiting for " + service.name() + ": " + reason);
                shown = reason;
            }
            if (System.nanoTime() - start >= limit) {
                throw new BackendException(Kind.UNHEALTHY, service.name() + " did not become healthy within "
                        + Duration.ofNanos(limit).toMillis() / 1000.0 + " s: " + reason + "."
                        + lastWords(turn, service, info));
            }
            turn.sleep(pause);
            // Often in the first second, when most services come up; then at the pace of the specification.
            pause = Math.min(pause * 3 / 2 + 1, health == null ? 200 : Math.max(50, health.interval().toMillis()));
        }
    }

    private BackendException ended(Turn turn, ServiceSpec service, Inspected container) {
        ContainerInfo info = container.info();
        String how = memoryKills.killed(container)
                ? (info.oomKilled() ? "was killed for using" : "was killed (exit code 137), probably for using")
                        + " more than its " + service.limits().memoryMib() + " MiB of memory"
                : "ended with exit code " + info.exitCode();
        String restarts = info.restartCount() > 0 ? " after " + info.restartCount() + " restarts" : "";
        String error = info.error().isBlank() ? "" : " The engine says: " + info.error();
        return new BackendException(Kind.UNHEALTHY,
                service.name() + " " + how + restarts + "." + error + lastWords(turn, service, info));
    }

    /** What the container wrote last, without the secrets that it was given. */
    private static String lastWords(Turn turn, ServiceSpec service, ContainerInfo container) {
        try {
            String text = String.join(" | ", turn.client().containers().logs(container.id(), LAST_WORDS_LINES)).strip();
            for (SecretText secret : service.secrets().values()) {
                if (!secret.reveal().isBlank()) {
                    text = text.replace(secret.reveal(), secret.toString());
                }
            }
            return text.isEmpty()
                    ? " It wrote nothing."
                    : " Its last words: "
                            + (text.length() > LAST_WORDS_CHARS ? text.substring(0, LAST_WORDS_CHARS) : text);
        } catch (EngineException e) {
            return "";
        }
    }
}
