package dev.pocketagent.provisioner.engine;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.BackendException.Kind;
import dev.pocketagent.provisioner.backend.Labels;
import dev.pocketagent.provisioner.backend.ServiceSpec;
import dev.pocketagent.provisioner.engine.api.ContainerInfo;
import dev.pocketagent.provisioner.engine.api.Outcomes.ContainerCreation;
import dev.pocketagent.provisioner.engine.api.Outcomes.Removal;
import dev.pocketagent.provisioner.engine.api.Outcomes.Switched;
import dev.pocketagent.provisioner.engine.http.EngineException;

/** Makes, starts, stops and removes the containers of stacks. What is so already is left alone. */
final class StackContainers {

    /** Of a service that the specification no longer has. */
    private static final Duration DEFAULT_GRACE = Duration.ofSeconds(10);
    private static final Duration HALF_MADE = Duration.ofSeconds(2);

    private final ImageFetch images;
    private final HealthWait healthWait;
    private final MemoryKills memoryKills;

    StackContainers(ImageFetch images, HealthWait healthWait, MemoryKills memoryKills) {
        this.images = images;
        this.healthWait = healthWait;
        this.memoryKills = memoryKills;
    }

    /**
     * Makes the container on all its networks, with its image fetched when it is missing, and does not start it.
     *
     * @throws BackendException of kind CONFLICT when the name is taken, or by a container of another specification
     */
    void create(Turn turn, ServiceSpec service) throws BackendException, EngineException {
        Optional<ContainerInfo> present = turn.client().containers().find(service.containerName());
        if (present.isEmpty()) {
            present = Optional.of(createAbsent(turn, service));
        }
        requireOurs(turn, service, present.get());
        if (!present.get().label(Labels.SPEC_HASH).equals(specHash(service))) {
            throw new BackendException(Kind.CONFLICT,
                    "The container " + service.containerName() + " was made meanwhile from another revision.");
        }
        joinNetworks(turn, service, present.get());
    }

    private ContainerInfo createAbsent(Turn turn, ServiceSpec service) throws BackendException, EngineException {
        boolean pulled = false;
        while (true) {
            turn.proceed();
            ContainerCreation creation = turn.client().containers().create(service.containerName(),
                    ContainerRequest.of(turn.stack(), service, turn.client().version().podman()), turn.waiting());
            switch (creation) {
                case ContainerCreation.Created created -> {
                    return turn.client().containers().find(created.id()).orElseThrow(() -> new BackendException(
                            Kind.CONFLICT,
                            "The container " + service.containerName() + " was removed as soon as it was made."));
                }
                case ContainerCreation.NameTaken taken -> {
                    return takenContainer(turn, service);
                }
                case ContainerCreation.ImageMissing missing -> {
                    if (pulled) {
                        throw ImageFetch.missing(turn, service.image(), missing.detail());
                    }
                    images.fetch(turn, service.image());
                    pulled = true;
                }
            }
        }
    }

    /** Docker reserves a name some 50 ms before it shows the container: another worker may be creating it right now. */
    private static ContainerInfo takenContainer(Turn turn, ServiceSpec service)
            throws BackendException, EngineException {
        long deadline = System.nanoTime() + HALF_MADE.toNanos();
        while (true) {
            Optional<ContainerInfo> container = turn.client().containers().find(service.containerName());
            if (container.isPresent()) {
                return container.get();
            }
            if (System.nanoTime() > deadline) {
                throw new BackendException(Kind.CONFLICT, "The name " + service.containerName()
                        + " is in use, but by no container that the engine shows"
                        + (turn.client().version().podman()
                                ? "; what a killed Podman left goes with: podman rm --force --storage "
                                        + service.containerName()
                                : "")
                        + ".");
            }
            turn.sleep(50);
        }
    }

    /** The first network came with the creation. */
    private static void joinNetworks(Turn turn, ServiceSpec service, ContainerInfo container)
            throws BackendException, EngineException {
        for (String logical : service.networks()) {
            String network = ContainerRequest.engineNetwork(turn.stack(), logical);
            if (!container.addresses().containsKey(network)) {
                turn.proceed();
                turn.client().networks().connect(network, container.id(), List.of(service.name()));
            }
        }
    }

    /**
     * Starts the container once everything whose health it depends on is healthy.
     *
     * @throws BackendException of kind CONFLICT when it is gone or its port is taken, REFUSED when the engine cannot start it
     */
    void start(Turn turn, ServiceSpec service) throws BackendException, EngineException {
        ContainerInfo container = turn.client().containers().find(service.containerName())
                .orElseThrow(() -> gone(service));
        requireOurs(turn, service, container);
        if (container.running() || container.status().equals("restarting")) {
            return;
        }
        for (Map.Entry<String, ServiceSpec.Condition> needed : service.dependsOn().entrySet()) {
            if (needed.getValue() == ServiceSpec.Condition.HEALTHY) {
                healthWait.await(turn, turn.service(needed.getKey()));
            }
        }
        if (container.status().equals("paused")) {
            turn.proceed();
            turn.client().containers().unpause(container.id());
            return;
        }
        joinNetworks(turn, service, container);
        if (container.fresh()) {
            StackVolumes.handOver(turn, service, container);
        }
        turn.proceed();
        memoryKills.starting(container.id());
        try {
            if (turn.client().containers().start(container.id(), turn.waiting()) == Switched.ABSENT) {
                throw gone(service);
            }
        } catch (EngineException e) {
            if (e.kind() == EngineException.Kind.REFUSED) {
                throw cannotStart(service, e);
            }
            throw e;
        }
    }

    static BackendException gone(ServiceSpec service) {
        return new BackendException(Kind.CONFLICT, "The container " + service.containerName() + " is gone.");
    }

    private static BackendException cannotStart(ServiceSpec service, EngineException e) {
        String said = e.getMessage();
        String lower = said.toLowerCase(Locale.ROOT);
        if (lower.contains("address already in use") || lower.contains("port is already allocated")) {
            return new BackendException(Kind.CONFLICT, service.name() + " cannot start, its port is taken: " + said, e);
        }
        if (lower.contains("rlimit")) {
            return new BackendException(Kind.REFUSED,
                    service.name() + " cannot start: the engine may not raise its own limits as far as the "
                            + service.limits().openFiles()
                            + " open files asked for. Run the engine with CAP_SYS_RESOURCE, or with lower defaults as "
                            + "deploy/engine/setup-podman.sh does. The engine says: " + said,
                    e);
        }
        return new BackendException(Kind.REFUSED, service.name() + " cannot start: " + said, e);
    }

    /** Stops within the service's grace. Gone or not running is fine. */
    void stop(Turn turn, String part, String id) throws BackendException, EngineException {
        ContainerInfo container = turn.client().containers().find(id).orElse(null);
        if (container == null) {
            return;
        }
        turn.requireOurs(container.labels(), part, "container " + container.name());
        if (!container.running() && !container.status().equals("paused") && !container.status().equals("restarting")) {
            return;
        }
        turn.proceed();
        if (container.status().equals("paused")) {
            // Podman refuses to stop a paused container, and a paused program could not end politely.
            turn.client().containers().unpause(container.id());
        }
        memoryKills.stopping(container.id());
        Duration grace = turn.stack().service(part).map(ServiceSpec::stopGrace).orElse(DEFAULT_GRACE);
        turn.client().containers().stop(container.id(), grace, turn.waiting());
    }

    /** Gone already is fine. */
    void remove(Turn turn, String part, String id) throws BackendException, EngineException {
        long deadline = System.nanoTime() + turn.callTimeout().toNanos();
        while (true) {
            ContainerInfo container = turn.client().containers().find(id).orElse(null);
            if (container == null) {
                return;
            }
            turn.requireOurs(container.labels(), part, "container " + container.name());
            turn.proceed();
            // Forced, since a restart policy may have started it once more.
            Removal removal = turn.client().containers().remove(container.id(), true, turn.waiting());
            if (!(removal instanceof Removal.InUse inUse)) {
                return;
            }
            // "Removal is already in progress", by another worker or a call of ours whose answer was lost.
            if (System.nanoTime() > deadline) {
                throw new BackendException(Kind.CONFLICT,
                        "The container " + container.name() + " cannot be removed: " + inUse.detail());
            }
            turn.sleep(200);
        }
    }

    private static void requireOurs(Turn turn, ServiceSpec service, ContainerInfo container) throws BackendException {
        turn.requireOurs(container.labels(), service.name(), "container " + service.containerName());
    }

    private static String specHash(ServiceSpec service) {
        return service.labels().getOrDefault(Labels.SPEC_HASH, service.hash());
    }
}
