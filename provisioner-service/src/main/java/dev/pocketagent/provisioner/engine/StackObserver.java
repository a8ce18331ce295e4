package dev.pocketagent.provisioner.engine;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import dev.pocketagent.provisioner.backend.Labels;
import dev.pocketagent.provisioner.backend.Observed;
import dev.pocketagent.provisioner.backend.StackId;
import dev.pocketagent.provisioner.engine.api.ContainerInfo;
import dev.pocketagent.provisioner.engine.api.EngineClient;
import dev.pocketagent.provisioner.engine.api.NetworkInfo;
import dev.pocketagent.provisioner.engine.api.VolumeInfo;
import dev.pocketagent.provisioner.engine.http.EngineException;

/** Looks at what an engine has of a stack, by its labels. Changes nothing. */
final class StackObserver {

    private final HealthChecks health;
    private final MemoryKills memoryKills;

    StackObserver(HealthChecks health, MemoryKills memoryKills) {
        this.health = health;
        this.memoryKills = memoryKills;
    }

    /** Networks, volumes, and containers by name with their health as of now. */
    Observed.Containers observe(EngineClient client, StackId stack) throws EngineException {
        String id = stack.stackId().toString();
        List<Observed.Part> networks = new ArrayList<>();
        for (NetworkInfo network : client.networks().withLabel(Labels.STACK, id)) {
            networks.add(
                    new Observed.Part(network.labels().getOrDefault(Labels.PART, network.name()), network.name()));
        }
        List<Observed.Part> volumes = new ArrayList<>();
        for (VolumeInfo volume : client.volumes().withLabel(Labels.STACK, id)) {
            volumes.add(new Observed.Part(volume.labels().getOrDefault(Labels.PART, volume.name()), volume.name()));
        }
        List<String> ids = client.containers().idsWithLabel(Labels.STACK, id);
        return new Observed.Containers(networks, volumes, observeAll(client, ids));
    }

    /** At the same time, since a probe may take its whole timeout. */
    private List<Observed.Container> observeAll(EngineClient client, List<String> ids) throws EngineException {
        List<Observed.Container> containers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Optional<Observed.Container>>> looks = new ArrayList<>();
            for (String id : ids) {
                looks.add(threads.submit(() -> {
                    Optional<ContainerInfo> info = client.containers().find(id);
                    return info.isEmpty()
                            ? Optional.empty()
                            : Optional.of(observed(client, new Inspected(info.get())));
                }));
            }
            for (Future<Optional<Observed.Container>> look : looks) {
                look.get().ifPresent(containers::add);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(EngineException.Kind.ABANDONED, "interrupted while looking at containers");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof EngineException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
        containers.sort(Comparator.comparing(Observed.Container::name));
        return containers;
    }

    private Observed.Container observed(EngineClient client, Inspected container) throws EngineException {
        ContainerInfo info = container.info();
        List<Observed.Binding> ports = !container.running()
                ? List.of()
                : info.ports().stream().map(port -> new Observed.Binding(port.containerPort(), port.hostAddress(),
                        port.hostPort())).toList();
        return new Observed.Container(info.id(), info.name(), info.label(Labels.PART), info.label(Labels.SPEC_HASH),
                info.image(), container.state(), health.state(client, container),
                container.ended() ? Optional.of(info.exitCode()) : Optional.empty(), memoryKills.killed(container),
                info.restartCount(), info.startedAt(), container.running() ? container.address() : Optional.empty(),
                ports);
    }

    /**
     * The last lines of a service's newest container, oldest first.
     *
     * @return empty: the service has no container
     */
    Optional<List<String>> logs(EngineClient client, StackId stack, String service, int lines)
            throws EngineException {
        ContainerInfo newest = null;
        for (String id : client.containers().idsWithLabel(Labels.STACK, stack.stackId().toString())) {
            ContainerInfo info = client.containers().find(id).orElse(null);
            if (info != null && info.label(Labels.PART).equals(service)
                    && (newest == null || info.startedAt().orElse(Instant.MIN)
                            .isAfter(newest.startedAt().orElse(Instant.MIN)))) {
                newest = info;
            }
        }
        return newest == null ? Optional.empty() : Optional.of(client.containers().logs(newest.id(), lines));
    }
}
