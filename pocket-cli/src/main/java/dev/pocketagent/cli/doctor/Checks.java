package dev.pocketagent.cli.doctor;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.home.Home;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.home.Settings;
import dev.pocketagent.cli.http.ApiException;
import dev.pocketagent.cli.http.UnreachableException;
import dev.pocketagent.cli.launch.PartStatus;
import dev.pocketagent.cli.launch.Ports;
import dev.pocketagent.cli.launch.Unprivileged;

/** The checks. */
final class Checks {

    private static final long MIB = 1024 * 1024;
    /** PostgreSQL's programs and a fresh cluster take 110 MB, four built services with caches 600 MB. */
    private static final long DISK_FAIL_MIB = 500;
    private static final long DISK_WARN_MIB = 2048;
    /** Four services at about 200 MiB each, PostgreSQL, and us. */
    private static final long MEMORY_FAIL_MIB = 900;
    private static final long MEMORY_WARN_MIB = 1500;
    /** Written before this was. */
    private static final Instant EARLIEST_NOW = Instant.parse("2025-09-01T00:00:00Z");

    private Checks() {}

    static Finding jdk() {
        int feature = Runtime.version().feature();
        String found = Runtime.version() + " in " + System.getProperty("java.home");
        return feature >= 25
                ? Finding.ok("JDK", found)
                : Finding.fail("JDK", found, "install a JDK 25 and set JAVA_HOME to it");
    }

    static Finding git() {
        return output("git", "--version").map(version -> Finding.ok("git", version)).orElseGet(() -> Finding.warn("git",
                "not on the PATH", "the demo needs it: apt-get install git (or your system's way)"));
    }

    static Finding ports(Settings settings, List<PartStatus> running) {
        var taken = new ArrayList<String>();
        for (Part part : Part.values()) {
            boolean ours = running.stream().anyMatch(each -> each.part() == part && each.pid() != 0
                    && !each.state().equals("dead"));
            if (ours) {
                continue;
            }
            for (int port : new int[]{part.port(settings.portOffset()), part.managementPort(settings.portOffset())}) {
                if (port > settings.portOffset() && !Ports.isFree(port)) {
                    taken.add(port + Ports.holder(port).map(who -> " by " + who).orElse(""));
                }
            }
        }
        return taken.isEmpty()
                ? Finding.ok("ports", "free, or ours")
                : Finding.fail("ports", "taken: " + String.join(", ", taken),
                        "stop what holds them, or use " + Settings.OFFSET_VARIABLE + "=1000");
    }

    static Finding disk(Home home) {
        Path place = home.root();
        while (!Files.exists(place) && place.getParent() != null) {
            place = place.getParent();
        }
        try {
            return disk(Files.getFileStore(place).getUsableSpace() / MIB, place);
        } catch (IOException e) {
            return Finding.warn("disk", "free space of " + place + " cannot be read: " + e.getMessage(),
                    "check it yourself");
        }
    }

    static Finding disk(long freeMib, Path place) {
        String found = freeMib / 1024 + " GiB free at " + place;
        if (freeMib < DISK_FAIL_MIB) {
            return Finding.fail("disk", freeMib + " MiB free at " + place,
                    "free some, or set POCKET_HOME to another disk");
        }
        return freeMib < DISK_WARN_MIB
                ? Finding.warn("disk", found, "a suite that is used needs 2 GiB and more")
                : Finding.ok("disk", found);
    }

    static Finding memory() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
                if (line.startsWith("MemAvailable:")) {
                    return memory(Long.parseLong(line.replaceAll("\\D", "")) / 1024);
                }
            }
        } catch (IOException _) {
            // not Linux
        }
        return Finding.ok("memory", "not known on this system; the suite takes about 1.2 GiB");
    }

    static Finding memory(long availableMib) {
        String found = availableMib + " MiB available; a suite takes about 1,200";
        if (availableMib < MEMORY_FAIL_MIB) {
            return Finding.fail("memory", found, "end other programs, or use a larger machine");
        }
        return availableMib < MEMORY_WARN_MIB
                ? Finding.warn("memory", found, "it may get tight")
                : Finding.ok("memory", found);
    }

    static Finding engine(Map<String, String> env) {
        for (String candidate : sockets(env)) {
            Optional<String> version = ping(Path.of(candidate));
            if (version.isPresent()) {
                return Finding.ok("engine", version.get() + " at " + candidate);
            }
        }
        return Finding.warn("engine", "no Docker or Podman socket answers",
                "stacks are written as bundles then; to run them here, start one: podman system service, or Docker");
    }

    /** Where a container engine may listen, the user's own word first. */
    static List<String> sockets(Map<String, String> env) {
        var sockets = new LinkedHashSet<String>();
        String host = env.getOrDefault("DOCKER_HOST", "");
        if (host.startsWith("unix://")) {
            sockets.add(host.substring("unix://".length()));
        }
        sockets.add("/var/run/docker.sock");
        sockets.add("/run/podman/podman.sock");
        String runtime = env.getOrDefault("XDG_RUNTIME_DIR", "");
        if (!runtime.isEmpty()) {
            sockets.add(runtime + "/docker.sock");
            sockets.add(runtime + "/podman/podman.sock");
        }
        return List.copyOf(sockets);
    }

    private static Optional<String> ping(Path socket) {
        if (!Files.exists(socket)) {
            return Optional.empty();
        }
        try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap(
                    "GET /_ping HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII)));
            ByteBuffer answer = ByteBuffer.allocate(2048);
            while (answer.hasRemaining() && channel.read(answer) > 0) {
                // until it closes, or enough
            }
            String text = new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
            if (!text.startsWith("HTTP/1.1 200")) {
                return Optional.empty();
            }
            return Optional.of(text.toLowerCase(Locale.ROOT).contains("libpod") ? "Podman" : "Docker");
        } catch (IOException | RuntimeException _) {
            return Optional.empty();
        }
    }

    static Finding unprivilegedPostgres() {
        if (Unprivileged.ourUid() != 0) {
            return Finding.ok("postgres user", "PostgreSQL runs as you");
        }
        return Unprivileged.userNamespace().or(Unprivileged::otherUser)
                .map(way -> Finding.ok("postgres user", "we are root; PostgreSQL runs " + way.how()))
                .orElseGet(() -> Finding.fail("postgres user",
                        "we are root, and neither user namespaces nor setpriv work",
                        "run pocket as another user, or install util-linux"));
    }

    static Finding clock() {
        Instant now = Instant.now();
        return now.isAfter(EARLIEST_NOW)
                ? Finding.ok("clock", Instant.ofEpochSecond(now.getEpochSecond()).toString())
                : Finding.fail("clock", now + " is in the past", "set the clock: keys and webhooks depend on it");
    }

    static Finding stateDirectory(Home home) {
        if (!home.exists()) {
            return Finding.ok("state", home.root() + " (not made yet)");
        }
        if (!home.isPrivate()) {
            return Finding.fail("state", home.root() + " can be entered by others", "chmod 700 " + home.root());
        }
        return Files.isWritable(home.root())
                ? Finding.ok("state", home.root() + ", for you only")
                : Finding.fail("state", home.root() + " cannot be written", "chown it, or set POCKET_HOME");
    }

    /** Whether the registry accepts the key that commands use; nothing is said where it cannot be asked. */
    static Finding key(Cli cli) {
        try {
            cli.registry().get("/api/v1/keys?limit=1");
        } catch (ApiException e) {
            if (e.status() == 401) {
                boolean given = !cli.env("POCKET_KEY").isBlank() || !cli.env("POCKET_KEY_FILE").isBlank();
                return Finding.fail("key", "the registry refuses the key in use", given
                        ? "check POCKET_KEY or POCKET_KEY_FILE"
                        : "for a new one delete " + cli.home().root().resolve("secrets").resolve("operator.key")
                                + ", then pocket down and pocket up");
            }
            if (e.status() >= 500) {
                return Finding.ok("key", "not checked: the registry is not ready");
            }
        } catch (UnreachableException _) {
            return Finding.ok("key", "not checked: no registry answers");
        } catch (CliException e) {
            return e.exitCode() == ExitCode.USAGE
                    ? Finding.fail("key", e.message(), e.cure())
                    : Finding.ok("key", "not checked: there is none yet");
        }
        return Finding.ok("key", "the registry accepts the key in use");
    }

    private static Optional<String> output(String... command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0
                    ? Optional.of(text)
                    : Optional.empty();
        } catch (IOException _) {
            return Optional.empty();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
