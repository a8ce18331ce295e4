package dev.pocketagent.provisioner.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.provisioner.backend.Change;
import dev.pocketagent.provisioner.backend.Observed;
import dev.pocketagent.provisioner.backend.Observed.Container;
import dev.pocketagent.provisioner.backend.Observed.HealthState;
import dev.pocketagent.provisioner.backend.Observed.State;
import dev.pocketagent.provisioner.backend.ServiceSpec;
import dev.pocketagent.provisioner.backend.StackSpec;

/** Plans. */
public final class Planner {

    private Planner() {}

    /** What to do so that the stack runs as specified. Volumes that are no longer named stay: they hold data. */
    public static List<Change> apply(StackSpec spec, Observed observed) {
        return switch (observed) {
            case Observed.Bundle bundle -> bundle.hash().equals(Optional.of(spec.hash()))
                    ? List.of()
                    : List.of(new Change.WriteBundle(spec.id().name()));
            case Observed.Containers running -> apply(spec, running);
        };
    }

    private static List<Change> apply(StackSpec spec, Observed.Containers running) {
        List<Change> changes = new ArrayList<>();
        Map<String, Container> kept = keep(spec, running);
        // What has to go goes first, so that names, ports and memory are free for what comes.
        for (Container container : running.containers()) {
            if (!spec.services().containsKey(container.service()) || !container.equals(kept.get(container.service()))) {
                remove(container, changes);
            }
        }
        for (String network : spec.networks().keySet()) {
            if (running.networks().stream().noneMatch(part -> part.name().equals(network))) {
                changes.add(new Change.CreateNetwork(network));
            }
        }
        for (String volume : spec.volumes().keySet()) {
            if (running.volumes().stream().noneMatch(part -> part.name().equals(volume))) {
                changes.add(new Change.CreateVolume(volume));
            }
        }
        Set<String> awaited = new LinkedHashSet<>();
        for (ServiceSpec service : spec.services().values()) {
            Container container = kept.get(service.name());
            boolean starts = true;
            if (container == null) {
                changes.add(new Change.CreateContainer(service.name()));
            } else if (!container.specHash().equals(service.hash())) {
                changes.add(new Change.ReplaceContainer(service.name(), container.id(), "its specification changed"));
            } else if (container.state() == State.DEAD || container.state() == State.PAUSED) {
                // Neither can be started; both lose nothing by being made anew, since data is in volumes.
                changes.add(new Change.ReplaceContainer(service.name(), container.id(),
                        "it is " + container.state().name().toLowerCase(
                                Locale.ROOT)));
            } else {
                starts = container.state() != State.RUNNING && container.state() != State.RESTARTING;
            }
            if (starts) {
                for (Map.Entry<String, ServiceSpec.Condition> needed : service.dependsOn().entrySet()) {
                    if (needed.getValue() == ServiceSpec.Condition.HEALTHY && awaited.remove(needed.getKey())) {
                        changes.add(new Change.AwaitHealthy(needed.getKey()));
                    }
                }
                changes.add(new Change.StartContainer(service.name()));
            }
            if (starts || !well(service, container)) {
                awaited.add(service.name());
            }
        }
        awaited.forEach(name -> changes.add(new Change.AwaitHealthy(name)));
        for (Observed.Part network : running.networks()) {
            if (!spec.networks().containsKey(network.name())) {
                changes.add(new Change.RemoveNetwork(network.name(), network.engineName()));
            }
        }
        return changes;
    }

    /** What to do so that nothing of the stack runs, while its data and its containers stay. */
    public static List<Change> stop(StackSpec spec, Observed observed) {
        List<Change> changes = new ArrayList<>();
        if (observed instanceof Observed.Containers running) {
            for (String service : spec.startOrder().reversed()) {
                running.containers().stream().filter(c -> c.service().equals(service) && alive(c))
                        .forEach(c -> changes.add(new Change.StopContainer(service, c.id())));
            }
            running.containers().stream().filter(c -> !spec.services().containsKey(c.service()) && alive(c))
                    .forEach(c -> changes.add(new Change.StopContainer(c.service(), c.id())));
        }
        return changes;
    }

    /** What to do so that nothing of the stack is left, its data included. */
    public static List<Change> delete(StackSpec spec, Observed observed) {
        return switch (observed) {
            // The directory may lack its hash after a change by hand: removing what is not there is fine.
            case Observed.Bundle bundle -> List.of(new Change.RemoveBundle(spec.id().name()));
            case Observed.Containers running -> {
                List<Change> changes = new ArrayList<>();
                List<String> order = new ArrayList<>(spec.startOrder().reversed());
                running.containers().stream().map(Container::service).filter(s -> !order.contains(s)).distinct()
                        .forEach(order::add);
                for (String service : order) {
                    running.containers().stream().filter(c -> c.service().equals(service))
                            .forEach(c -> remove(c, changes));
                }
                running.networks().forEach(n -> changes.add(new Change.RemoveNetwork(n.name(), n.engineName())));
                running.volumes().forEach(v -> changes.add(new Change.RemoveVolume(v.name(), v.engineName())));
                yield changes;
            }
        };
    }

    /** Of several containers of one service, which a crash between two calls can leave, the best one. */
    private static Map<String, Container> keep(StackSpec spec, Observed.Containers running) {
        Map<String, Container> kept = new LinkedHashMap<>();
        for (Container container : running.containers()) {
            spec.service(container.service()).ifPresent(service -> kept.merge(service.name(), container,
                    (a, b) -> rank(service, b) > rank(service, a) ? b : a));
        }
        return kept;
    }

    private static int rank(ServiceSpec service, Container container) {
        return (container.specHash().equals(service.hash()) ? 4 : 0)
                + (container.name().equals(service.containerName()) ? 2 : 0)
                + (container.state() == State.RUNNING ? 1 : 0);
    }

    private static boolean well(ServiceSpec service, @Nullable Container container) {
        return container != null && container.state() == State.RUNNING
                && (service.health().isEmpty() || container.health() == HealthState.HEALTHY);
    }

    private static boolean alive(Container container) {
        return container.state() == State.RUNNING || container.state() == State.RESTARTING
                || container.state() == State.PAUSED;
    }

    private static void remove(Container container, List<Change> changes) {
        if (alive(container)) {
            changes.add(new Change.StopContainer(container.service(), container.id()));
        }
        changes.add(new Change.RemoveContainer(container.service(), container.id()));
    }
}
