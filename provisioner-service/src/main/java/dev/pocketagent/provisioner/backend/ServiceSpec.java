package dev.pocketagent.provisioner.backend;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One container as it should be.
 *
 * <p>
 * Beside what stands here, every backend drops all capabilities, sets {@code no-new-privileges}, keeps the engine's default seccomp
 * profile and gives the container no swap (memory and swap limit are equal). These are not options and therefore not fields.
 *
 * @param name of the service; also its DNS name on each of its networks
 * @param containerName the engine's name, unique on the host
 * @param image with a tag or digest
 * @param entrypoint empty: the image's own
 * @param command empty: the image's own
 * @param environment plain values
 * @param secrets values by environment name; never printed, labelled or written to a file by us
 * @param user numeric user and group
 * @param init true: the engine puts its small init in front, which reaps orphans
 * @param readOnly true: the root file system cannot be written
 * @param networks logical names, at least one
 * @param publish container ports (TCP) published on 127.0.0.1 with a host port that the engine picks
 * @param health how to see that it works; absent: running is enough
 * @param dependsOn services that have to be there first
 * @param stopGrace time between the polite signal and the kill
 * @param labels all labels to set, spec hash included; no secrets
 * @param hash SHA-256 (hex) of all that shapes the container, versions of the secrets included, revision excluded
 */
public record ServiceSpec(String name, String containerName, String image, List<String> entrypoint,
        List<String> command,
        Map<String, String> environment, Map<String, SecretText> secrets, Limits limits, User user, boolean init,
        boolean readOnly,
        List<Tmpfs> tmpfs, List<Mount> volumes, List<String> networks, List<Integer> publish, Optional<Health> health,
        Map<String, Condition> dependsOn, Restart restart, Duration stopGrace, LogLimits logs,
        Map<String, String> labels, String hash) {

    public ServiceSpec {
        entrypoint = List.copyOf(entrypoint);
        command = List.copyOf(command);
        environment = ordered(environment);
        secrets = ordered(secrets);
        tmpfs = List.copyOf(tmpfs);
        volumes = List.copyOf(volumes);
        networks = List.copyOf(networks);
        publish = List.copyOf(publish);
        dependsOn = ordered(dependsOn);
        labels = ordered(labels);
        if (networks.isEmpty()) {
            throw new IllegalArgumentException("service " + name + " has no network");
        }
    }

    /** The same with all its labels and its hash. */
    public ServiceSpec labelled(Map<String, String> allLabels, String hashOfAll) {
        return new ServiceSpec(name, containerName, image, entrypoint, command, environment, secrets, limits, user,
                init, readOnly, tmpfs, volumes, networks, publish, health, dependsOn, restart, stopGrace, logs,
                allLabels, hashOfAll);
    }

    /**
     * @param cpuMillis thousandths of a core, 1 or more
     * @param memoryMib memory, and memory plus swap, in MiB
     * @param pids most processes and threads at once
     * @param openFiles soft and hard limit of open file descriptors
     */
    public record Limits(int cpuMillis, int memoryMib, int pids, int openFiles) {
        public Limits {
            if (cpuMillis < 1 || memoryMib < 1 || pids < 1 || openFiles < 1) {
                throw new IllegalArgumentException("every limit is at least 1");
            }
        }
    }

    /** Numeric user and group; both are always given, since {@code --user 1001} alone makes the group 0. */
    public record User(int uid, int gid) {
        @Override
        public String toString() {
            return uid + ":" + gid;
        }
    }

    /**
     * A directory in memory, mode 1777, {@code nosuid,nodev}.
     *
     * @param path absolute path in the container
     * @param sizeMib most it may hold
     * @param exec whether programs may be started from it
     */
    public record Tmpfs(String path, int sizeMib, boolean exec) {}

    /**
     * @param volume logical name of a volume of the same stack
     * @param path absolute path in the container
     */
    public record Mount(String volume, String path, boolean readOnly) {}

    /** What has to be true of another service before this one starts. */
    public enum Condition {
        STARTED, HEALTHY
    }

    /**
     * How to see that a service works.
     *
     * @param probe what the provisioner asks by itself
     * @param test the same as a command for an engine's own scheduler: first element is the program
     * @param interval between two probes
     * @param timeout of one probe
     * @param retries so many failures in a row mean unhealthy
     * @param startPeriod failures in this time after the start do not count; waiting for health lasts at most
     *        {@code startPeriod + retries * (interval + timeout)}
     */
    public record Health(Probe probe, List<String> test, Duration interval, Duration timeout, int retries,
            Duration startPeriod) {
        public Health {
            test = List.copyOf(test);
            if (retries < 1) {
                throw new IllegalArgumentException("at least one try");
            }
        }

        /** The longest time from the start of the container until it has to be healthy. */
        public Duration patience() {
            return startPeriod.plus(interval.plus(timeout).multipliedBy(retries));
        }
    }

    /** One question that shows whether a service works. */
    public sealed interface Probe {
        /** A command inside the container; exit code 0 is healthy. */
        record Exec(List<String> command) implements Probe {
            public Exec {
                command = List.copyOf(command);
            }
        }

        /** GET on the container's address; a 2xx or 3xx status is healthy. */
        record Http(int port, String path) implements Probe {}

        /** A connection to the container's address that is accepted is healthy. */
        record Tcp(int port) implements Probe {}
    }

    /** @param maximumRetries restarts after a failure; 0: never restarted by the engine */
    public record Restart(int maximumRetries) {}

    /**
     * Driver {@code json-file}, rotated.
     *
     * @param maxSizeMib of one file
     */
    public record LogLimits(int maxSizeMib, int maxFiles) {}

    private static <V> Map<String, V> ordered(Map<String, V> map) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }
}
