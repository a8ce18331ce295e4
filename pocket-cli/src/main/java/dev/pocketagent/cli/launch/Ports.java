package dev.pocketagent.cli.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.home.Settings;

/** Whether a port of this machine is free, and who has it otherwise. */
public final class Ports {

    private static final int FIRST_CLAIM = 10_000;
    /** From here on PostgreSQL's port would be one that a Linux gives to clients (32768 and up). */
    private static final int LAST_CLAIM = 17_300;
    /** No part's port: whoever listens there, plus an offset, has claimed that offset. */
    private static final int CLAIM_PORT = 8080;
    /** Open until this process ends. */
    private static final List<ServerSocket> CLAIMS = new ArrayList<>();

    private Ports() {}

    public static boolean isFree(int port) {
        Optional<ServerSocket> socket = bind(port);
        socket.ifPresent(Ports::release);
        return socket.isPresent();
    }

    /**
     * An offset with which all ports of a suite are free: far from the usual ones, and below those that a Linux gives to
     * clients. It is this process's until it ends: two that choose at the same moment get two, though neither has
     * started anything yet.
     */
    public static synchronized int claimOffset() {
        for (int offset = FIRST_CLAIM; offset < LAST_CLAIM; offset += 100) {
            int candidate = offset;
            Optional<ServerSocket> claim = bind(CLAIM_PORT + candidate);
            if (claim.isEmpty()) {
                continue;
            }
            if (Stream.of(Part.values()).allMatch(part -> isFree(part.port(candidate))
                    && (part == Part.POSTGRES || isFree(part.managementPort(candidate))))) {
                CLAIMS.add(claim.get());
                return candidate;
            }
            release(claim.get());
        }
        throw CliException.failed("there are no free ports for a suite of its own", "stop other programs");
    }

    private static void release(ServerSocket claim) {
        try {
            claim.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<ServerSocket> bind(int port) {
        try {
            var socket = new ServerSocket();
            try {
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return Optional.of(socket);
            } catch (IOException _) {
                socket.close();
                return Optional.empty();
            }
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    /** @throws CliException naming each port that is taken, by whom, and what to do */
    static void requireFree(List<Integer> ports) {
        List<String> taken = ports.stream().filter(port -> !isFree(port))
                .map(port -> "port " + port + " is taken" + holder(port).map(who -> " by " + who).orElse("")).toList();
        if (!taken.isEmpty()) {
            boolean one = taken.size() == 1;
            throw new CliException(ExitCode.FAILED, one ? taken.getFirst() : taken.size() + " ports are taken",
                    "stop what holds " + (one ? "it" : "them") + ", or move the whole suite: "
                            + Settings.OFFSET_VARIABLE
                            + "=1000 pocket up",
                    one ? List.of() : taken);
        }
    }

    /** The process that listens on a port, e.g. {@code pid 4711 (java -jar shop.jar)}; empty where we may not know. */
    public static Optional<String> holder(int port) {
        Set<String> sockets = new HashSet<>();
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            try {
                sockets.addAll(listening(Files.readAllLines(Path.of(table)), port));
            } catch (IOException _) {
                // not Linux
            }
        }
        return sockets.isEmpty() ? Optional.empty() : ownerOf(sockets);
    }

    /** Inodes of the sockets that listen on a port, out of the lines of {@code /proc/net/tcp}. */
    static Set<String> listening(List<String> table, int port) {
        String suffix = String.format(":%04X", port);
        var inodes = new HashSet<String>();
        for (String line : table) {
            String[] fields = line.strip().split("\\s+");
            if (fields.length > 9 && fields[1].endsWith(suffix) && fields[3].equals("0A")) {
                inodes.add(fields[9]);
            }
        }
        return inodes;
    }

    private static Optional<String> ownerOf(Set<String> sockets) {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (holds(process, sockets)) {
                    return Optional.of("pid " + process.getFileName()
                            + command(process).map(text -> " (" + text + ")").orElse(""));
                }
            }
        } catch (IOException _) {
            // nothing to tell
        }
        return Optional.empty();
    }

    private static boolean holds(Path process, Set<String> sockets) {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                String target = Files.readSymbolicLink(descriptor).toString();
                if (target.startsWith("socket:[") && sockets.contains(target.substring(8, target.length() - 1))) {
                    return true;
                }
            }
        } catch (IOException | RuntimeException _) {
            // another user's, or gone
        }
        return false;
    }

    private static Optional<String> command(Path process) {
        try {
            String line = Files.readString(process.resolve("cmdline")).replace('\0', ' ').strip();
            return Optional.of(line.length() > 60 ? line.substring(0, 57) + "..." : line)
                    .filter(text -> !text.isEmpty());
        } catch (IOException _) {
            return Optional.empty();
        }
    }
}
