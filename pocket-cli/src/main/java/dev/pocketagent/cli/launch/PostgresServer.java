package dev.pocketagent.cli.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.home.Home;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.home.SecretFiles;

/**
 * A PostgreSQL of our own on loopback, for trying things and for a single machine. The data stays when it stops.
 */
final class PostgresServer {

    static final String SUPERUSER = "pocket";

    private static final Map<String, String> LOCALE = Map.of("LC_ALL", "C");
    private static final Duration START_PATIENCE = Duration.ofSeconds(60);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);

    private final Home home;
    private final int port;
    private final Unprivileged way;
    private final Path base;

    PostgresServer(Home home, int port, Unprivileged way) {
        this.home = home;
        this.port = port;
        this.way = way;
        this.base = way.reachesOurFiles() ? home.postgres() : elsewhere(home);
    }

    /** In the way of this machine; data that another user's server made stays with it. */
    static PostgresServer of(Home home, int port) {
        if (Unprivileged.ourUid() == 0 && Files.isDirectory(elsewhere(home).resolve("data"))) {
            return new PostgresServer(home, port, Unprivileged.otherUser().orElseGet(Unprivileged::choose));
        }
        Unprivileged way = Unprivileged.choose();
        if (!way.reachesOurFiles() && Files.isDirectory(home.postgres().resolve("data"))) {
            throw CliException.failed(
                    "the data in " + home.postgres() + " was made with user namespaces, and they do not work here now",
                    "allow them again (sysctl user.max_user_namespaces), or move postgres/data to " + elsewhere(home));
        }
        return new PostgresServer(home, port, way);
    }

    /** A place that other users may enter, one for each state directory. */
    static Path elsewhere(Home home) {
        return Path.of("/var/lib/pocketagent", "postgres-" + Integer.toHexString(home.root().toString().hashCode()));
    }

    Path data() {
        return base.resolve("data");
    }

    /** @param password the superuser's, for a fresh data directory */
    RunRecord start(String password, Consumer<String> now) throws IOException {
        if (!way.reachesOurFiles()) {
            Files.createDirectories(base,
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        }
        now.accept("unpacking its programs");
        Path binaries = PostgresBinaries.unpack(base);
        if (!Files.isDirectory(data())) {
            now.accept("making its data directory");
            initialise(binaries, password);
        }
        requireSameMajor(binaries);
        way.own(data());
        Optional<RunRecord> already = adopt();
        if (already.isPresent()) {
            return already.get();
        }
        Ports.requireFree(List.of(port));
        now.accept("starting " + way.how());
        return launch(binaries);
    }

    private void initialise(Path binaries, String password) throws IOException {
        Path fresh = base.resolve("data.new");
        PostgresBinaries.deleteTree(fresh);
        Files.createDirectory(fresh,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        way.own(fresh);
        Path passwordFile = base.resolve(".superuser");
        SecretFiles.write(passwordFile, password);
        way.own(passwordFile);
        Path log = home.logs().resolve("initdb.log");
        try {
            Process initdb = program(way.command(List.of(binaries.resolve("bin/initdb").toString(), "-D",
                    fresh.toString(), "-U", SUPERUSER, "--pwfile=" + passwordFile, "--auth=scram-sha-256",
                    "--data-checksums", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8", "--no-instructions"))).redirectOutput(log.toFile()).start();
            if (!initdb.waitFor(2, TimeUnit.MINUTES)) {
                initdb.destroyForcibly();
                throw new CliException(ExitCode.FAILED, "initdb did not end in two minutes", "see " + log,
                        LogFile.tail(log, 15));
            }
            if (initdb.exitValue() != 0) {
                throw new CliException(ExitCode.FAILED, "initdb failed (exit " + initdb.exitValue() + ")", "see " + log,
                        LogFile.tail(log, 15));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw CliException.failed("interrupted while PostgreSQL made its data directory", "");
        } finally {
            Files.deleteIfExists(passwordFile);
        }
        Files.move(fresh, data());
    }

    private void requireSameMajor(Path binaries) throws IOException {
        String major = Files.readString(data().resolve("PG_VERSION")).strip();
        String name = binaries.getFileName().toString().replace("binaries-", "");
        if (Character.isDigit(name.charAt(0)) && !name.startsWith(major + ".")) {
            throw CliException.failed(
                    "the data in " + data() + " is of PostgreSQL " + major + ", the programs are " + name,
                    "export with the old version and import with this one, or begin anew with another POCKET_HOME");
        }
    }

    /**
     * The server that runs on our data already, should its run record be lost. Heals what a {@code kill -9} leaves: the
     * lock file of a server whose pid is another process's now. PostgreSQL itself copes with a pid that nobody has, and
     * checks that no orphan of the old server uses its memory: so that file stays.
     */
    private Optional<RunRecord> adopt() throws IOException {
        Path lock = lock();
        List<String> lines = lines(lock);
        Optional<ProcessId> holder = lines.isEmpty()
                ? Optional.empty()
                : ProcessId.running(Long.parseLong(lines.getFirst()));
        if (holder.isEmpty()) {
            return Optional.empty();
        }
        if (!servesOurData(holder.get())) {
            Files.delete(lock);
            return Optional.empty();
        }
        int itsPort = lines.size() > 3 ? Integer.parseInt(lines.get(3).strip()) : port;
        if (itsPort != port) {
            throw CliException.failed(
                    "PostgreSQL runs on these data already, at port " + itsPort + " instead of " + port + " (pid "
                            + holder.get().pid() + ")",
                    "use the same POCKET_PORT_OFFSET as then, or stop it: pocket down");
        }
        return Optional.of(record(holder.get()));
    }

    private boolean servesOurData(ProcessId process) {
        return ProcessHandle.of(process.pid()).flatMap(handle -> handle.info().arguments())
                .filter(arguments -> List.of(arguments).contains(data().toString())).isPresent();
    }

    private RunRecord launch(Path binaries) throws IOException {
        Path log = home.log(Part.POSTGRES);
        LogFile.rotate(log);
        List<String> command = way.command(List.of(binaries.resolve("bin/postgres").toString(), "-D", data().toString(),
                "-p", Integer.toString(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
                "-c",
                "logging_collector=off", "-c", "log_line_prefix=%t [%p] %d "));
        long deadline = System.nanoTime() + START_PATIENCE.toNanos();
        while (true) {
            Process process = Detached.start(command, way.reachesOurFiles() ? home.root() : Path.of("/"), log, LOCALE);
            Optional<ProcessId> id = ProcessId.running(process.pid());
            if (id.isPresent()) {
                RunRecord record = record(id.get());
                record.write(home);
                if (awaitReady(process, deadline)) {
                    return record;
                }
            }
            // Orphans of a killed server end within seconds of it; until then its shared memory is in use.
            boolean orphans = String.join("\n", LogFile.tail(log, 8)).contains("still in use");
            if (!orphans || System.nanoTime() > deadline) {
                RunRecord.delete(home, Part.POSTGRES);
                throw new CliException(ExitCode.FAILED, "PostgreSQL did not start", "the whole log: " + log,
                        LogFile.tail(log, 15));
            }
            pause(500);
        }
    }

    private Path lock() {
        return data().resolve("postmaster.pid");
    }

    /** None without the file: a server that starts deletes the one of a dead server before it writes its own. */
    private static List<String> lines(Path lock) throws IOException {
        try {
            return Files.readAllLines(lock);
        } catch (NoSuchFileException _) {
            return List.of();
        }
    }

    /** @return false when the process ended, or did not get ready in time and was stopped */
    private boolean awaitReady(Process process, long deadline) throws IOException {
        while (process.isAlive()) {
            List<String> lines = lines(lock());
            if (lines.size() > 7 && lines.getFirst().strip().equals(Long.toString(process.pid()))
                    && lines.get(7).strip().equals("ready")) {
                return true;
            }
            if (System.nanoTime() > deadline) {
                process.destroyForcibly();
                return false;
            }
            pause(20);
        }
        return false;
    }

    private RunRecord record(ProcessId process) {
        return new RunRecord(Part.POSTGRES.id(), process.pid(), process.birth(), System.currentTimeMillis(), port, 0,
                data().toString(), false);
    }

    /** Ends sessions, writes a checkpoint and stops (INT: "fast"; TERM would wait for every client to leave). */
    static String stop(ProcessId process) {
        return Signals.stop(process, "INT", STOP_PATIENCE);
    }

    private static ProcessBuilder program(List<String> command) {
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(LOCALE);
        return builder;
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw CliException.failed("interrupted while PostgreSQL started", "");
        }
    }
}
