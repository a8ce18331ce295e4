package dev.pocketagent.provisioner.backend;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A stack as it should be: approved by the policy, complete, with nothing left to decide. Only {@code policy} makes one.
 *
 * @param template name of the template it came from
 * @param revision number of this desired state, from 1
 * @param networks by logical name
 * @param volumes by logical name
 * @param services by name, in an order in which they can be started
 * @param hash SHA-256 (hex) of everything above that shapes what runs; equal hashes mean nothing to do
 */
public record StackSpec(StackId id, String template, long revision, Map<String, Network> networks,
        Map<String, Volume> volumes,
        Map<String, ServiceSpec> services, String hash) {

    public StackSpec {
        networks = Collections.unmodifiableMap(new LinkedHashMap<>(networks));
        volumes = Collections.unmodifiableMap(new LinkedHashMap<>(volumes));
        services = Collections.unmodifiableMap(inStartOrder(services));
        for (ServiceSpec service : services.values()) {
            if (!networks.keySet().containsAll(service.networks())) {
                throw new IllegalArgumentException(
                        "service " + service.name() + " uses a network that the stack does not have");
            }
            for (ServiceSpec.Mount mount : service.volumes()) {
                if (!volumes.containsKey(mount.volume())) {
                    throw new IllegalArgumentException(
                            "service " + service.name() + " uses a volume that the stack does not have");
                }
            }
        }
    }

    /**
     * A bridge network of the stack's own.
     *
     * @param name logical name within the stack
     * @param engineName its name in the engine, unique on the host
     * @param internal true: no way out of the host
     * @param labels all labels to set
     */
    public record Network(String name, String engineName, boolean internal, Map<String, String> labels) {
        public Network {
            labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
        }
    }

    /**
     * A named volume of the stack's own, with the engine's default driver.
     *
     * @param name logical name within the stack
     * @param engineName its name in the engine, unique on the host
     * @param labels all labels to set
     */
    public record Volume(String name, String engineName, Map<String, String> labels) {
        public Volume {
            labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
        }
    }

    public Optional<ServiceSpec> service(String name) {
        return Optional.ofNullable(services.get(name));
    }

    /** Names of the services, each after those that it waits for. */
    public List<String> startOrder() {
        return List.copyOf(services.keySet());
    }

    /** Sum over all services, in thousandths of a core. */
    public int cpuMillis() {
        return services.values().stream().mapToInt(s -> s.limits().cpuMillis()).sum();
    }

    /** Sum over all services, in MiB. */
    public int memoryMib() {
        return services.values().stream().mapToInt(s -> s.limits().memoryMib()).sum();
    }

    private static Map<String, ServiceSpec> inStartOrder(Map<String, ServiceSpec> services) {
        Map<String, ServiceSpec> ordered = new LinkedHashMap<>();
        for (ServiceSpec service : services.values()) {
            visit(service, services, ordered, new LinkedHashSet<>());
        }
        return ordered;
    }

    private static void visit(ServiceSpec service, Map<String, ServiceSpec> all, Map<String, ServiceSpec> ordered,
            Set<String> path) {
        if (ordered.containsKey(service.name())) {
            return;
        }
        if (!path.add(service.name())) {
            List<String> circle = new ArrayList<>(path);
            circle.add(service.name());
            throw new IllegalArgumentException(
                    "services wait for each other in a circle: " + String.join(" -> ", circle));
        }
        for (String name : service.dependsOn().keySet()) {
            ServiceSpec needed = all.get(name);
            if (needed == null) {
                throw new IllegalArgumentException(
                        "service " + service.name() + " waits for " + name + ", which does not exist");
            }
            visit(needed, all, ordered, path);
        }
        path.remove(service.name());
        ordered.put(service.name(), service);
    }
}
