package dev.pocketagent.provisioner.engine;

import java.util.List;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.provisioner.backend.Labels;
import dev.pocketagent.provisioner.backend.ServiceSpec;
import dev.pocketagent.provisioner.backend.StackSpec;

/** What the engine is told to make of a service. The same specification always gives the same request. */
final class ContainerRequest {

    /** Label with the engine's name of the network given at creation: Podman's own description does not tell the first of several. */
    static final String NETWORK_LABEL = Labels.PREFIX + "network";

    private static final long MIB = 1024L * 1024;
    /**
     * Podman wants to raise this one to 1048576 by itself, which fails where the engine lacks CAP_SYS_RESOURCE. It must not be small: the
     * kernel counts all processes of the same uid on the host against it. The number that limits a container is its pids limit.
     */
    private static final int PODMAN_NPROC = 32768;

    private ContainerRequest() {}

    /** The body of the creation. It holds the secrets: for nothing but the request. */
    static ObjectNode of(StackSpec stack, ServiceSpec service, boolean podman) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("Image", service.image());
        body.put("Hostname", service.name());
        body.put("User", service.user().toString());
        body.put("StopTimeout", Math.max(0, service.stopGrace().toSeconds()));
        if (!service.entrypoint().isEmpty()) {
            words(body.putArray("Entrypoint"), service.entrypoint());
        }
        if (!service.command().isEmpty()) {
            words(body.putArray("Cmd"), service.command());
        }
        ArrayNode environment = body.putArray("Env");
        service.environment().forEach((name, value) -> environment.add(name + "=" + value));
        service.secrets().forEach((name, secret) -> environment.add(name + "=" + secret.reveal()));
        if (!podman) {
            // We ask ourselves (HealthRule); the image's own check would only cost time. Podman without systemd runs none, and would log an
            // error about the timer of this one.
            body.putObject("Healthcheck").putArray("Test").add("NONE");
        }
        ObjectNode labels = body.putObject("Labels");
        service.labels().forEach(labels::put);
        service.health().ifPresent(health -> labels.put(HealthRule.LABEL, HealthRule.write(health)));
        labels.put(Labels.COMPOSE_PROJECT, stack.id().project());
        labels.put(Labels.COMPOSE_SERVICE, service.name());

        ObjectNode exposed = body.putObject("ExposedPorts");
        ObjectNode host = body.putObject("HostConfig");
        ObjectNode bindings = host.putObject("PortBindings");
        for (int port : service.publish()) {
            exposed.putObject(port + "/tcp");
            bindings.putArray(port + "/tcp").addObject().put("HostIp", "127.0.0.1").put("HostPort", "");
        }
        limits(host, service, podman);
        confinement(host, service);
        for (ServiceSpec.Mount mount : service.volumes()) {
            StackSpec.Volume volume = stack.volumes().get(mount.volume());
            if (volume == null) {
                throw new IllegalArgumentException("no volume " + mount.volume());
            }
            ObjectNode node = host.withArray("Mounts").addObject().put("Type", "volume")
                    .put("Source", volume.engineName())
                    .put("Target", mount.path()).put("ReadOnly", mount.readOnly());
            if (!podman && !Ownership.belongsTo(stack, mount, service)) {
                // Docker copies the image's directory, its owner included, into a volume as long as that is empty, also while another
                // service already runs on it.
                node.putObject("VolumeOptions").put("NoCopy", true);
            }
        }
        host.putObject("RestartPolicy")
                .put("Name", service.restart().maximumRetries() > 0 ? "on-failure" : "no")
                .put("MaximumRetryCount", service.restart().maximumRetries());
        ObjectNode log = host.putObject("LogConfig");
        log.put("Type", "json-file");
        log.putObject("Config").put("max-size", service.logs().maxSizeMib() + "m")
                .put("max-file", Integer.toString(service.logs().maxFiles()));
        // API 1.41 takes one network here; the others are joined before the start.
        String network = engineNetwork(stack, service.networks().getFirst());
        labels.put(NETWORK_LABEL, network);
        host.put("NetworkMode", network);
        body.putObject("NetworkingConfig").putObject("EndpointsConfig").putObject(network).putArray("Aliases")
                .add(service.name());
        return body;
    }

    private static void limits(ObjectNode host, ServiceSpec service, boolean podman) {
        ServiceSpec.Limits limits = service.limits();
        host.put("Memory", limits.memoryMib() * MIB);
        // Equal to the memory: no swap.
        host.put("MemorySwap", limits.memoryMib() * MIB);
        host.put("NanoCpus", limits.cpuMillis() * 1_000_000L);
        host.put("PidsLimit", limits.pids());
        ArrayNode ulimits = host.putArray("Ulimits");
        ulimits.addObject().put("Name", "nofile").put("Soft", limits.openFiles()).put("Hard", limits.openFiles());
        if (podman) {
            ulimits.addObject().put("Name", "nproc").put("Soft", PODMAN_NPROC).put("Hard", PODMAN_NPROC);
        }
    }

    private static void confinement(ObjectNode host, ServiceSpec service) {
        host.put("ReadonlyRootfs", service.readOnly());
        host.put("Privileged", false);
        host.putArray("CapDrop").add("ALL");
        host.putArray("SecurityOpt").add("no-new-privileges");
        host.put("IpcMode", "private");
        host.put("Init", service.init());
        ObjectNode tmpfs = host.putObject("Tmpfs");
        for (ServiceSpec.Tmpfs mount : service.tmpfs()) {
            tmpfs.put(mount.path(), "rw,nosuid,nodev," + (mount.exec() ? "exec" : "noexec") + ",size=" + mount.sizeMib()
                    + "m,mode=1777");
        }
    }

    /** The engine's name of one of the stack's networks. */
    static String engineNetwork(StackSpec stack, String logical) {
        StackSpec.Network network = stack.networks().get(logical);
        if (network == null) {
            throw new IllegalArgumentException("no network " + logical);
        }
        return network.engineName();
    }

    private static void words(ArrayNode into, List<String> words) {
        words.forEach(into::add);
    }
}
