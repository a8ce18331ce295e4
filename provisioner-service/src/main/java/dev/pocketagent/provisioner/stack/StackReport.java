package dev.pocketagent.provisioner.stack;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.provisioner.backend.Observed;
import dev.pocketagent.provisioner.backend.ServiceSpec;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.stack.StackViews.PortView;
import dev.pocketagent.provisioner.stack.StackViews.ServiceView;
import dev.pocketagent.provisioner.stack.StackViews.StackView;
import dev.pocketagent.provisioner.tree.Trees;

/** A stack as the API shows it, out of what is stored, specified and observed. */
final class StackReport {

    private StackReport() {}

    /** For lists: what is stored. */
    static StackView stored(StackRow row) {
        return view(row, null, null, null, null, null);
    }

    static StackView of(StackRow row, Collection<String> secrets, Optional<StackSpec> spec,
            Optional<Observed> observed) {
        List<String> names = secrets.stream().sorted().toList();
        if (observed.isEmpty() || spec.isEmpty()) {
            return view(row, names, "unknown", null, null, null);
        }
        return switch (observed.get()) {
            case Observed.Bundle bundle -> view(row, names, "unknown",
                    spec.get().services().values().stream().map(s -> service(s, Optional
                            .empty(), bundle.hash().equals(Optional.of(spec.get().hash())), "bundled")).toList(),
                    null, bundle.path());
            case Observed.Containers running -> {
                List<ServiceView> services = new ArrayList<>();
                for (ServiceSpec service : spec.get().services().values()) {
                    Optional<Observed.Container> container = running.containers().stream()
                            .filter(c -> c.service().equals(service.name()))
                            .findFirst();
                    services.add(service(service, container,
                            container.filter(c -> c.specHash().equals(service.hash())).isPresent(),
                            "missing"));
                }
                String address = running.containers().stream()
                        .flatMap(c -> c.ports().stream().map(b -> address(spec.get(), c, b)))
                        .findFirst().orElse(null);
                yield view(row, names, health(services), services, address, null);
            }
        };
    }

    private static String address(StackSpec spec, Observed.Container container, Observed.Binding binding) {
        boolean http = spec.service(container.service()).flatMap(ServiceSpec::health).map(ServiceSpec.Health::probe)
                .filter(probe -> probe instanceof ServiceSpec.Probe.Http web && web.port() == binding.containerPort())
                .isPresent();
        return (http ? "http://" : "") + binding.hostAddress() + ":" + binding.hostPort();
    }

    /** The worst of the services. */
    static String health(List<ServiceView> services) {
        List<String> all = services.stream().map(ServiceView::health).toList();
        for (String worst : List.of("unhealthy", "stopped", "starting")) {
            if (all.contains(worst)) {
                return worst;
            }
        }
        return "healthy";
    }

    private static ServiceView service(ServiceSpec spec, Optional<Observed.Container> container, boolean upToDate,
            String absent) {
        return new ServiceView(spec.name(), container.map(Observed.Container::name).orElse(null),
                container.map(c -> lower(c.state()))
                        .orElse(absent),
                container.map(c -> health(spec, c)).orElse(absent.equals("bundled") ? "unknown" : "stopped"),
                spec.image(),
                spec.limits().cpuMillis(), spec.limits().memoryMib(), spec.limits().pids(), upToDate, container.flatMap(
                        Observed.Container::exitCode).orElse(null),
                container.map(Observed.Container::outOfMemory).orElse(false), container
                        .map(Observed.Container::restarts).orElse(0),
                container.flatMap(Observed.Container::startedAt).orElse(null),
                container
                        .map(c -> c.ports().stream()
                                .map(b -> new PortView(b.containerPort(), b.hostAddress(), b.hostPort())).toList())
                        .orElse(List.of()));
    }

    private static String health(ServiceSpec spec, Observed.Container container) {
        return switch (container.state()) {
            case RUNNING -> spec.health().isEmpty() ? "healthy" : switch (container.health()) {
                case HEALTHY -> "healthy";
                case UNHEALTHY -> "unhealthy";
                case STARTING, NONE -> "starting";
            };
            case RESTARTING -> "unhealthy";
            case CREATED, PAUSED -> "stopped";
            case EXITED, DEAD -> container.exitCode().filter(code -> code != 0).isPresent() ? "unhealthy" : "stopped";
        };
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static StackView view(StackRow row, @Nullable List<String> secrets, @Nullable String health,
            @Nullable List<ServiceView> services, @Nullable String address, @Nullable String bundlePath) {
        return new StackView(row.id(), row.tenantId(), row.name(), row.template(), row.templateVersion(),
                Trees.toJson(row.parameters()),
                secrets, row.backend(), row.desired(), row.suspended(), row.state(), health, row.revision(),
                row.specHash(), row.cpuMillis(),
                row.memoryMib(), services, address, bundlePath, row.createdAt(), row.updatedAt(), row.version());
    }
}
