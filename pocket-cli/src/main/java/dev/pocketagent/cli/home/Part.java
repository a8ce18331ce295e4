package dev.pocketagent.cli.home;

import java.util.List;
import java.util.Locale;

/** What a suite on one machine is made of. Ports are those of an offset of 0. */
public enum Part {
    POSTGRES(15432, 0), REGISTRY(8081, 9081), PROVISIONER(8082, 9082), ROUTER(8083, 9083), SYNC(8084, 9084);

    /** The highest offset with which every port is still a port. */
    public static final int MAX_OFFSET = 65_535 - 15_432;

    public static final List<Part> SERVICES = List.of(REGISTRY, PROVISIONER, ROUTER, SYNC);

    private final int port;
    private final int managementPort;

    Part(int port, int managementPort) {
        this.port = port;
        this.managementPort = managementPort;
    }

    /** Short name: of the run record, the log file, the database and its role. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The Maven module of a service. */
    public String module() {
        return id() + "-service";
    }

    public int port(int offset) {
        return port + offset;
    }

    public int managementPort(int offset) {
        return managementPort + offset;
    }

    /** @throws IllegalArgumentException for a name that is none of ours; the message lists ours */
    public static Part of(String name) {
        for (Part part : values()) {
            if (part.id().equals(name) || part.module().equals(name)) {
                return part;
            }
        }
        throw new IllegalArgumentException(
                "there is no \"" + name + "\"; the parts are postgres, registry, provisioner, router and sync");
    }
}
