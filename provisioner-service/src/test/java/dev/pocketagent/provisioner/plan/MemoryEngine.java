package dev.pocketagent.provisioner.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.pocketagent.provisioner.backend.Change;
import dev.pocketagent.provisioner.backend.Observed;
import dev.pocketagent.provisioner.backend.Observed.Container;
import dev.pocketagent.provisioner.backend.Observed.HealthState;
import dev.pocketagent.provisioner.backend.Observed.State;
import dev.pocketagent.provisioner.backend.ServiceSpec;
import dev.pocketagent.provisioner.backend.StackSpec;

/** An engine's state in memory, strict where a real one is: no start of what is missing, no two networks of one name. */
public final class MemoryEngine {

    final Map<String, String> networks = new LinkedHashMap<>();
    final Map<String, String> volumes = new LinkedHashMap<>();
    public final List<Container> containers = new ArrayList<>();
    public int mutations;
    private int ids;

    public Observed observe() {
        return new Observed.Containers(
                networks.entrySet().stream().map(e -> new Observed.Part(e.getKey(), e.getValue())).toList(), volumes
                        .entrySet().stream().map(e -> new Observed.Part(e.getKey(), e.getValue())).toList(),
                containers);
    }

    public void execute(Change change, StackSpec spec) {
        if (change.mutates()) {
            mutations++;
        }
        switch (change) {
            case Change.CreateNetwork c ->
                require(networks.put(c.part(), spec.networks().get(c.part()).engineName()) == null);
            case Change.CreateVolume c ->
                require(volumes.put(c.part(), spec.volumes().get(c.part()).engineName()) == null);
            case Change.CreateContainer c -> create(spec.service(c.part()).orElseThrow());
            case Change.ReplaceContainer c -> {
                require(containers.removeIf(x -> x.id().equals(c.oldId())));
                create(spec.service(c.part()).orElseThrow());
            }
            case Change.StartContainer c -> {
                ServiceSpec service = spec.service(c.part()).orElseThrow();
                service.dependsOn().forEach((name, condition) -> require(containers.stream()
                        .anyMatch(x -> x.service().equals(name) && there(x, condition))));
                replace(c.part(), x -> with(x, State.RUNNING,
                        service.health().isPresent() ? HealthState.STARTING : HealthState.NONE));
            }
            case Change.AwaitHealthy c -> {
                boolean checked = spec.service(c.part()).orElseThrow().health().isPresent();
                replace(c.part(), x -> {
                    require(x.state() == State.RUNNING || x.state() == State.RESTARTING);
                    return with(x, State.RUNNING, checked ? HealthState.HEALTHY : HealthState.NONE);
                });
            }
            case Change.StopContainer c ->
                containers.replaceAll(x -> x.id().equals(c.id()) ? with(x, State.EXITED, HealthState.NONE) : x);
            case Change.RemoveContainer c -> {
                require(containers.stream().noneMatch(x -> x.id().equals(c.id()) && x.state() == State.RUNNING));
                require(containers.removeIf(x -> x.id().equals(c.id())));
            }
            case Change.RemoveNetwork c -> require(networks.remove(c.part()) != null);
            case Change.RemoveVolume c -> require(volumes.remove(c.part()) != null);
            case Change.WriteBundle c -> throw new AssertionError("not an engine's change");
            case Change.RemoveBundle c -> throw new AssertionError("not an engine's change");
        }
    }

    void add(String service, String name, String hash, State state, HealthState health) {
        containers.add(new Container("id" + ids++, name, service, hash, "image", state, health, Optional.empty(), false,
                0, Optional.empty(),
                Optional.empty(), List.of()));
    }

    private void create(ServiceSpec service) {
        require(containers.stream().noneMatch(x -> x.name().equals(service.containerName())));
        service.networks().forEach(n -> require(networks.containsKey(n)));
        service.volumes().forEach(v -> require(volumes.containsKey(v.volume())));
        add(service.name(), service.containerName(), service.hash(), State.CREATED, HealthState.NONE);
    }

    private void replace(String service, java.util.function.UnaryOperator<Container> change) {
        require(containers.stream().filter(x -> x.service().equals(service)).count() == 1);
        containers.replaceAll(x -> x.service().equals(service) ? change.apply(x) : x);
    }

    private static boolean there(Container container, ServiceSpec.Condition condition) {
        return condition == ServiceSpec.Condition.HEALTHY
                ? container.state() == State.RUNNING && container.health() == HealthState.HEALTHY
                : container.state() == State.RUNNING || container.state() == State.RESTARTING;
    }

    private static Container with(Container c, State state, HealthState health) {
        return new Container(c.id(), c.name(), c.service(), c.specHash(), c.image(), state, health, c.exitCode(),
                c.outOfMemory(), c
                        .restarts(),
                c.startedAt(), c.address(), c.ports());
    }

    private static void require(boolean holds) {
        if (!holds) {
            throw new AssertionError("a real engine would refuse this");
        }
    }
}
