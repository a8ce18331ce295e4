package dev.pocketagent.provisioner.backend;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What a backend found of a stack. */
public sealed interface Observed {

    /**
     * What an engine has.
     *
     * @param networks those that carry the stack's label
     * @param volumes those that carry the stack's label
     * @param containers those that carry the stack's label, in any state; two of one service are two entries
     */
    record Containers(List<Part> networks, List<Part> volumes, List<Container> containers) implements Observed {
        public Containers {
            networks = List.copyOf(networks);
            volumes = List.copyOf(volumes);
            containers = List.copyOf(containers);
        }
    }

    /**
     * What lies in the bundle directory.
     *
     * @param path where the bundle is or would be
     * @param hash spec hash of the bundle there; empty: there is none, or it was changed by hand
     */
    record Bundle(String path, Optional<String> hash) implements Observed {}

    /**
     * A network or a volume.
     *
     * @param name logical name within the stack
     * @param engineName name in the engine
     */
    record Part(String name, String engineName) {}

    /**
     * @param id the engine's id
     * @param name the engine's name
     * @param service name of the service, from the label
     * @param specHash from the label; empty when it has none
     * @param exitCode of the last end, if it ended
     * @param outOfMemory the engine said so, or exit code 137 without our stop lets us suspect it
     * @param restarts how often the engine started it again
     * @param address IP address on the stack's first network, while it runs
     * @param ports published ports, while it runs
     */
    record Container(String id, String name, String service, String specHash, String image, State state,
            HealthState health,
            Optional<Integer> exitCode, boolean outOfMemory, int restarts, Optional<Instant> startedAt,
            Optional<String> address,
            List<Binding> ports) {
        public Container {
            ports = List.copyOf(ports);
        }
    }

    enum State {
        CREATED, RUNNING, PAUSED, RESTARTING, EXITED, DEAD
    }

    /** {@code NONE}: the service has no health check. {@code STARTING}: no verdict yet. */
    enum HealthState {
        NONE, STARTING, HEALTHY, UNHEALTHY
    }

    /** @param hostAddress where the port can be reached on the host, normally 127.0.0.1 */
    record Binding(int containerPort, String hostAddress, int hostPort) {}
}
