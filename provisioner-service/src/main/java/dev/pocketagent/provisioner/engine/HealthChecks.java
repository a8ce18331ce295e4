package dev.pocketagent.provisioner.engine;

import java.time.Clock;
import java.util.Optional;

import dev.pocketagent.provisioner.backend.Observed.HealthState;
import dev.pocketagent.provisioner.backend.Observed.State;
import dev.pocketagent.provisioner.backend.ServiceSpec.Health;
import dev.pocketagent.provisioner.engine.api.EngineClient;
import dev.pocketagent.provisioner.engine.http.EngineException;
import dev.pocketagent.provisioner.engine.http.Waiting;

/** Asks containers whether they are well and keeps count of their answers. Safe for many threads. */
final class HealthChecks {

    private final Prober prober = new Prober();
    private final HealthWatch watch = new HealthWatch();
    private final Clock clock;

    HealthChecks(Clock clock) {
        this.clock = clock;
    }

    /** The verdict by the rule that the container carries; asks only when the last answer is not fresh enough. */
    HealthState state(EngineClient client, Inspected container) throws EngineException {
        Optional<Health> rule = HealthRule.read(container.info().label(HealthRule.LABEL));
        if (rule.isEmpty()) {
            return HealthState.NONE;
        }
        Health health = rule.get();
        State state = container.state();
        if (state != State.RUNNING) {
            return state == State.CREATED || state == State.RESTARTING ? HealthState.STARTING : HealthState.UNHEALTHY;
        }
        HealthState recent = watch.recent(container.run(), health);
        if (recent != null) {
            return recent;
        }
        Prober.Answer answer = prober.ask(client, container, health, Waiting.atMost(health.timeout()));
        return heard(container, health, answer);
    }

    /**
     * Asks a running container now.
     *
     * @param waiting its limit is the probe's timeout
     */
    Prober.Answer ask(EngineClient client, Inspected container, Health health, Waiting waiting)
            throws EngineException {
        Prober.Answer answer = prober.ask(client, container, health, waiting);
        heard(container, health, answer);
        return answer;
    }

    private HealthState heard(Inspected container, Health health, Prober.Answer answer) {
        return watch.heard(container.run(), health, answer instanceof Prober.Answer.Well,
                container.age(clock.instant()));
    }
}
