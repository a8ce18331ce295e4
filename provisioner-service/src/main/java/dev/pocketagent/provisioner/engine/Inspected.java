package dev.pocketagent.provisioner.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

import dev.pocketagent.provisioner.backend.Observed.State;
import dev.pocketagent.provisioner.engine.api.ContainerInfo;

/** One container of ours as the engine shows it, in the words of backends. */
record Inspected(ContainerInfo info) {

    State state() {
        return switch (info.status()) {
            case "created" -> State.CREATED;
            case "running" -> State.RUNNING;
            case "paused" -> State.PAUSED;
            case "restarting" -> State.RESTARTING;
            case "dead", "removing" -> State.DEAD;
            default -> State.EXITED;
        };
    }

    boolean running() {
        return state() == State.RUNNING;
    }

    /** It ran and is over, unless its restart policy starts it once more. */
    boolean ended() {
        return state() == State.EXITED || state() == State.DEAD;
    }

    /** On the network given at creation; without it, as for a container that somebody moved, on the first by name. */
    Optional<String> address() {
        String main = info.addresses().getOrDefault(info.label(ContainerRequest.NETWORK_LABEL), "");
        if (!main.isEmpty()) {
            return Optional.of(main);
        }
        return info.addresses().entrySet().stream().filter(entry -> !entry.getValue().isEmpty())
                .sorted(Map.Entry.comparingByKey()).map(Map.Entry::getValue).findFirst();
    }

    /** Another start of the same container is another run. */
    HealthWatch.Key run() {
        return new HealthWatch.Key(info.id(), info.startedAt().orElse(null));
    }

    /** Since its last start; zero before the first. */
    Duration age(Instant now) {
        return info.startedAt().map(start -> Duration.between(start, now)).orElse(Duration.ZERO);
    }
}
