package dev.pocketagent.provisioner.policy;

import java.util.Optional;

import dev.pocketagent.provisioner.backend.ServiceSpec.Limits;

/** What a service may use at most. Every service names its cpu and memory, in the short form of Compose or in the one below {@code deploy}. */
final class LimitRules {

    private static final int MIN_MEMORY_MIB = 4;
    private static final int DEFAULT_PIDS = 256;
    private static final int MAX_PIDS = 512;
    private static final int OPEN_FILES = 4096;

    private LimitRules() {}

    /** Empty: something was refused. */
    static Optional<Limits> read(Place service, PolicySettings settings) {
        int maxCpu = settings.maxCpuMillis();
        int maxMemory = settings.maxMemoryMib();
        Optional<Integer> cpu = service.cpuMillis("cpus", maxCpu);
        Optional<Integer> memory = service.mib("mem_limit", MIN_MEMORY_MIB, maxMemory);
        Optional<Integer> pids = service.whole("pids_limit", 1, MAX_PIDS);
        if (service.has("memswap_limit")) {
            // Swap is never granted; the same figure as the memory limit says just that.
            Optional<Integer> swap = service.mib("memswap_limit", MIN_MEMORY_MIB, maxMemory);
            if (swap.isPresent() && !swap.equals(memory)) {
                service.refuse(Rule.LIMIT_RANGE, "memswap_limit", "it must equal mem_limit: there is no swap");
            }
        }
        Optional<Place> below = belowDeploy(service);
        cpu = cpu.or(() -> below.flatMap(limits -> limits.cpuMillis("cpus", maxCpu)));
        memory = memory.or(() -> below.flatMap(limits -> limits.mib("memory", MIN_MEMORY_MIB, maxMemory)));
        pids = pids.or(() -> below.flatMap(limits -> limits.whole("pids", 1, MAX_PIDS)));
        if (!service.has("cpus") && below.filter(limits -> limits.has("cpus")).isEmpty()) {
            service.refuse(Rule.LIMIT_MISSING, "cpus", "");
        }
        if (!service.has("mem_limit") && below.filter(limits -> limits.has("memory")).isEmpty()) {
            service.refuse(Rule.LIMIT_MISSING, "mem_limit", "");
        }
        if (cpu.isEmpty() || memory.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Limits(cpu.get(), memory.get(), pids.orElse(DEFAULT_PIDS), OPEN_FILES));
    }

    /** The limits in {@code deploy.resources}, beside which nothing may stand but empty reservations. */
    private static Optional<Place> belowDeploy(Place service) {
        Optional<Place> deploy = service.place("deploy");
        deploy.ifPresent(place -> place.only("resources"));
        Optional<Place> resources = deploy.flatMap(place -> place.place("resources"));
        resources.ifPresent(place -> place.only("limits", "reservations"));
        resources.flatMap(place -> place.place("reservations")).ifPresent(place -> place.entries().forEach(entry -> {
            boolean device = entry.getKey().equals("devices") || entry.getKey().equals("generic_resources");
            place.refuse(device ? Rule.DEVICES : Rule.KEY_NOT_ALLOWED, entry.getKey(), "");
        }));
        Optional<Place> limits = resources.flatMap(place -> place.place("limits"));
        limits.ifPresent(place -> place.only("cpus", "memory", "pids"));
        return limits;
    }
}
