package dev.pocketagent.cli.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.Shutdown;
import dev.pocketagent.cli.home.Home;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.home.SecretFiles;
import dev.pocketagent.cli.home.Settings;
import dev.pocketagent.cli.output.Durations;
import dev.pocketagent.cli.output.Progress;

/** A suite on this machine, as a whole: up, down, and how it is. */
public final class Suite {

    private static final Duration TURN_PATIENCE = Duration.ofMinutes(3);
    /** Above the ten seconds that a service gives to requests in flight. */
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(15);
    /** A JVM that was trained assembles its cache when it ends: some seconds of work, many on a busy machine. */
    private static final Duration TRAINING_PATIENCE = Duration.ofMinutes(4);
    private static final Duration POLL = Duration.ofMillis(30);
    /** Once it answers, each question costs it work and a line in its log. */
    private static final Duration POLL_ANSWERING = Duration.ofMillis(120);
    private static final int SHOWN_LOG_LINES = 20;

    private final Cli cli;
    private final Home home;
    private final SuiteSecrets secrets;

    public Suite(Cli cli) {
        this.cli = cli;
        this.home = cli.home();
        this.secrets = new SuiteSecrets(home);
    }

    /**
     * How a suite is brought up.
     *
     * @param patience how long the services may take to be ready
     * @param aotCache whether caches are used where they are
     * @param localRoots further directories that sync may read
     * @param training services that record what they load, for a new cache
     * @param services which are started, besides PostgreSQL
     */
    public record UpOptions(Duration patience, boolean aotCache, List<String> localRoots, Set<Part> training,
            List<Part> services) {
        public UpOptions {
            localRoots = List.copyOf(localRoots);
            training = Set.copyOf(training);
            services = List.copyOf(services);
        }

        public UpOptions(Duration patience, boolean aotCache, List<String> localRoots) {
            this(patience, aotCache, localRoots, Set.of(), Part.SERVICES);
        }

        /** PostgreSQL and one service, with its cache if there is one. */
        public static UpOptions only(Part service, Duration patience) {
            return new UpOptions(patience, true, List.of(), Set.of(), List.of(service));
        }

        public static UpOptions usual() {
            return new UpOptions(Duration.ofSeconds(120), true, List.of());
        }

        static UpOptions training(Duration patience, Set<Part> parts) {
            return new UpOptions(patience, true, List.of(), parts, Part.SERVICES);
        }
    }

    /**
     * What became of one part.
     *
     * @param outcome {@code started}, {@code running}, {@code revived} (it had died), or {@code restarted} (new settings)
     * @param millis from its start until it was ready; 0 for one that ran
     * @param cpuMillis CPU time it took for that
     */
    public record Started(Part part, String outcome, long millis, long cpuMillis, boolean aotCache, int port,
            long pid) {}

    /**
     * @param state {@code ready}, {@code starting}, {@code not ready}, {@code dead} or {@code stopped}
     * @param missing what it says it lacks
     */
    public record PartStatus(Part part, String state, long pid, int port, int managementPort, long uptimeSeconds,
            long memoryMib, boolean aotCache, List<String> missing) {}

    private record Wanted(Part part, ServiceSettings settings, String outcome, Optional<RunRecord> present) {}

    /**
     * Starts what does not run and waits until all of it is ready. On failure it stops what it started.
     *
     * @param started told of each process, so that Ctrl-C can end it
     */
    public List<Started> up(UpOptions options, StartedHere started, Progress progress) {
        SecretFiles.directory(home.root());
        Progress.Row turn = progress.row("waiting");
        boolean[] waited = new boolean[1];
        try (SuiteLock _ = SuiteLock.take(home, TURN_PATIENCE, who -> {
            waited[0] = true;
            turn.working("another pocket (" + who + ") works on this suite");
        })) {
            if (waited[0]) {
                turn.done("our turn");
            }
            return upLocked(options, started, progress);
        }
    }

    private List<Started> upLocked(UpOptions options, StartedHere started, Progress progress) {
        Settings settings = cli.settings().withLocalRoots(options.localRoots());
        int offset = settings.portOffset();
        requireSamePorts(offset);
        settings.save(home);
        secrets.ensure();
        List<ModelProviders.Provider> providers = new ModelProviders(cli.env(), secrets).find(cli.http());
        List<Wanted> wanted = options.services().stream()
                .map(part -> wanted(part, ServiceSettings.of(part, home, secrets, settings, providers))).toList();
        List<Wanted> toStart = wanted.stream().filter(each -> !each.outcome.equals("running")).toList();
        toStart.forEach(each -> requireBuilt(each.part));
        Ports.requireFree(toStart.stream().filter(each -> !each.outcome.equals("restarted"))
                .flatMap(each -> List.of(each.part.port(offset), each.part.managementPort(offset)).stream()).toList());
        try {
            var result = new ArrayList<Started>();
            result.add(postgres(offset, options.services(), started, progress.row(Part.POSTGRES.id())));
            result.addAll(services(wanted, options, started, progress));
            return List.copyOf(result);
        } catch (RuntimeException e) {
            started.undo();
            throw e;
        }
    }

    /** A suite that runs on other ports would be started a second time on the same data. */
    private void requireSamePorts(int offset) {
        for (Part part : Part.values()) {
            RunRecord.read(home, part).filter(record -> record.process().isAlive())
                    .filter(record -> record.port() != part.port(offset)).ifPresent(record -> {
                        throw CliException.failed(
                                "this suite runs already, with " + part.id() + " at port " + record.port()
                                        + " instead of " + part.port(offset),
                                "stop it first (pocket down), or give the second suite a POCKET_HOME of its own");
                    });
        }
    }

    private Wanted wanted(Part part, ServiceSettings settings) {
        Optional<RunRecord> record = RunRecord.read(home, part);
        if (record.isEmpty()) {
            return new Wanted(part, settings, "started", record);
        }
        boolean alive = record.get().process().isAlive();
        String outcome = !alive
                ? "revived"
                : record.get().settings().equals(settings.digest()) ? "running" : "restarted";
        return new Wanted(part, settings, outcome, record);
    }

    private void requireBuilt(Part part) {
        if (!Files.exists(application(part).resolve("quarkus-run.jar"))) {
            throw CliException.failed(part.module() + " is not built", "build it: pocket build");
        }
    }

    private Path application(Part part) {
        return cli.installation().resolve(part.module()).resolve("target/quarkus-app");
    }

    private Started postgres(int offset, List<Part> services, StartedHere started, Progress.Row row) {
        long begin = System.nanoTime();
        Optional<RunRecord> known = RunRecord.read(home, Part.POSTGRES);
        boolean running = known.filter(record -> record.process().isAlive()).isPresent();
        int port = Part.POSTGRES.port(offset);
        try {
            RunRecord record = running
                    ? known.orElseThrow()
                    : PostgresServer.of(home, port).start(secrets.superuserPassword(), row::working);
            if (!running) {
                record.write(home);
                started.add(record);
                row.working("making the services' databases");
            }
            new Databases(port, secrets.superuserPassword(), secrets::databasePassword).ensure(services);
            long millis = running ? 0 : millisSince(begin);
            row.done(running ? "running" : "ready in " + Durations.shown(Duration.ofMillis(millis)));
            return new Started(Part.POSTGRES, running ? "running" : known.isPresent() ? "revived" : "started", millis,
                    record.process().cpuMillis(), false,
                    port, record.pid());
        } catch (IOException e) {
            row.failed(String.valueOf(e.getMessage()));
            throw new UncheckedIOException(e);
        } catch (CliException e) {
            row.failed(e.message());
            throw e;
        }
    }

    private List<Started> services(List<Wanted> wanted, UpOptions options, StartedHere started, Progress progress) {
        Map<Part, Progress.Row> rows = new EnumMap<>(Part.class);
        wanted.forEach(each -> rows.put(each.part, progress.row(each.part.id())));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Started>> all = wanted.stream().map(each -> threads.submit(() -> {
                Progress.Row row = rows.get(each.part);
                return service(each, options, started, row == null ? progress.row(each.part.id()) : row);
            })).toList();
            var result = new ArrayList<Started>();
            CliException failure = null;
            for (Future<Started> each : all) {
                try {
                    result.add(each.get());
                } catch (ExecutionException e) {
                    failure = failure == null ? explained(e.getCause()) : failure;
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                    failure = new CliException(ExitCode.INTERRUPTED, "interrupted", "");
                }
            }
            if (failure != null) {
                throw failure;
            }
            return result;
        }
    }

    private static CliException explained(@Nullable Throwable cause) {
        return cause instanceof CliException known ? known : CliException.failed("starting failed: " + cause, "");
    }

    private Started service(Wanted wanted, UpOptions options, StartedHere started, Progress.Row row)
            throws IOException {
        long begin = System.nanoTime();
        Part part = wanted.part;
        boolean running = wanted.outcome.equals("running");
        RunRecord record;
        if (running) {
            record = wanted.present.orElseThrow();
        } else {
            if (wanted.outcome.equals("restarted")) {
                row.working("stopping: its settings have changed");
                Signals.stop(wanted.present.orElseThrow().process(), "TERM", STOP_PATIENCE);
                begin = System.nanoTime();
            }
            row.working("starting");
            record = launch(part, wanted.settings,
                    options.training().contains(part) ? JavaCommand.Mode.TRAINING : mode(part, options.aotCache()));
            started.add(record);
        }
        try {
            awaitReady(part, record, options.patience(), row);
        } catch (CliException e) {
            row.failed(e.message());
            throw e;
        }
        long millis = running ? 0 : millisSince(begin);
        row.done(running
                ? "running"
                : (wanted.outcome.equals("started") ? "" : wanted.outcome + ", ") + "ready in "
                        + Durations.shown(Duration.ofMillis(millis)) + (record.aotCache() ? ", AOT cache" : ""));
        return new Started(part, wanted.outcome, millis, record.process().cpuMillis(), record.aotCache(), record.port(),
                record.pid());
    }

    private JavaCommand.Mode mode(Part part, boolean aotCache) {
        return aotCache && hasUsableCache(part) ? JavaCommand.Mode.CACHED : JavaCommand.Mode.PLAIN;
    }

    private RunRecord launch(Part part, ServiceSettings settings, JavaCommand.Mode mode) throws IOException {
        Path application = application(part);
        Path file = home.run().resolve(part.id() + ".properties");
        SecretFiles.write(file, settings.text());
        Path log = home.log(part);
        LogFile.rotate(log);
        int offset = cli.settings().portOffset();
        Process process = Detached.start(
                JavaCommand.of(part, mode, application, file, home.run().resolve(part.id() + ".args")), application,
                log,
                Map.of());
        ProcessId id = ProcessId.running(process.pid()).orElseThrow(() -> new CliException(ExitCode.FAILED,
                part.module() + " ended at once", "the whole log: " + log, LogFile.tail(log, SHOWN_LOG_LINES)));
        var record = new RunRecord(part.id(), id.pid(), id.birth(), System.currentTimeMillis(), part.port(offset),
                part.managementPort(offset), settings.digest(), mode == JavaCommand.Mode.CACHED);
        record.write(home);
        return record;
    }

    private void awaitReady(Part part, RunRecord record, Duration patience, Progress.Row row) {
        long deadline = System.nanoTime() + patience.toNanos();
        HttpClient http = cli.http();
        Path log = home.log(part);
        while (true) {
            Health health = Health.of(http, cli.endpoints().management(part));
            if (health.ready()) {
                return;
            }
            if (!record.process().isAlive()) {
                Shutdown.parkIfUnderWay();
                throw new CliException(ExitCode.FAILED, part.module() + " ended while it started",
                        "the whole log: pocket logs " + part.id(), LogFile.tail(log, SHOWN_LOG_LINES));
            }
            String waitsFor = String.join(", ", health.missing());
            if (System.nanoTime() > deadline) {
                throw new CliException(ExitCode.FAILED,
                        part.module() + " was not ready within " + patience.toSeconds() + " s"
                                + (waitsFor.isEmpty() ? "" : "; it waits for: " + waitsFor),
                        "the whole log: pocket logs " + part.id() + "; a slow machine may need --timeout",
                        LogFile.tail(log, SHOWN_LOG_LINES));
            }
            if (health.answers()) {
                row.working(waitsFor.isEmpty() ? "answering, not ready yet" : "waiting for: " + waitsFor);
            }
            try {
                Thread.sleep(health.answers() ? POLL_ANSWERING : POLL);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                throw new CliException(ExitCode.INTERRUPTED, "interrupted", "");
            }
        }
    }

    /**
     * Stops one running service and starts it again with the settings it had.
     *
     * @param aotCache whether its cache is used if there is one
     * @param started told of the new process
     */
    public Started restart(Part part, boolean aotCache, StartedHere started) {
        try (SuiteLock _ = SuiteLock.take(home, TURN_PATIENCE, _ -> {
        })) {
            Settings settings = cli.settings();
            List<ModelProviders.Provider> providers = new ModelProviders(cli.env(), secrets).find(cli.http());
            ServiceSettings same = ServiceSettings.of(part, home, secrets, settings, providers);
            RunRecord.read(home, part).ifPresent(record -> Signals.stop(record.process(), "TERM", STOP_PATIENCE));
            long begin = System.nanoTime();
            RunRecord record = launch(part, same, mode(part, aotCache));
            started.add(record);
            awaitReady(part, record, UpOptions.usual().patience(), Progress.on(cli.terminal().silent()).row(part.id()));
            return new Started(part, "restarted", millisSince(begin), record.process().cpuMillis(), record.aotCache(),
                    record.port(), record.pid());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether a service has an AOT cache that this JVM made. */
    public boolean hasUsableCache(Part part) {
        return JavaCommand.cacheIsUsable(application(part));
    }

    boolean canBeTrained(Part part) {
        return JavaCommand.canBeTrained(application(part));
    }

    /**
     * Ends services that were brought up for training, and waits until they have written their caches.
     *
     * @return how many caches there are now
     */
    int finishTraining(Set<Part> parts) throws IOException {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Part part : parts) {
                RunRecord.read(home, part)
                        .ifPresent(record -> threads
                                .execute(() -> Signals.stop(record.process(), "TERM", TRAINING_PATIENCE)));
            }
        }
        int made = 0;
        for (Part part : parts) {
            made += JavaCommand.adoptFreshCache(application(part)) ? 1 : 0;
        }
        return made;
    }

    /**
     * Stops all of it, services first; each within a bound, then by force.
     *
     * @return what was stopped
     */
    public List<Part> down(Progress progress) {
        if (!home.exists()) {
            return List.of();
        }
        try (SuiteLock _ = SuiteLock.take(home, TURN_PATIENCE,
                who -> progress.row("waiting").working("another pocket (" + who + ") works on this suite"))) {
            var stopped = new ArrayList<Part>();
            List<RunRecord> services = Part.SERVICES.stream().flatMap(part -> RunRecord.read(home, part).stream())
                    .toList();
            stopped.addAll(stop(home, services, progress));
            stopped.addAll(stop(home, RunRecord.read(home, Part.POSTGRES).stream().toList(), progress));
            return stopped;
        }
    }

    private static List<Part> stop(Home home, List<RunRecord> records, Progress progress) {
        var stopped = new ArrayList<Part>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (RunRecord record : records) {
                if (record.process().isAlive()) {
                    stopped.add(Part.of(record.name()));
                }
                Progress.Row row = progress.row(record.name());
                threads.execute(() -> {
                    row.working("stopping");
                    row.done(stop(home, record));
                });
            }
        }
        return stopped;
    }

    static void stop(Home home, List<RunRecord> records) {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            records.forEach(record -> threads.execute(() -> stop(home, record)));
        }
    }

    private static String stop(Home home, RunRecord record) {
        Part part = Part.of(record.name());
        String how = part == Part.POSTGRES
                ? PostgresServer.stop(record.process())
                : Signals.stop(record.process(), "TERM", STOP_PATIENCE);
        if (record.process().isAlive()) {
            return "still runs as pid " + record.pid();
        }
        RunRecord.delete(home, part);
        return how;
    }

    /** Every part, whether it runs or not. */
    public List<PartStatus> status() {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<PartStatus>> all = List.of(Part.values()).stream()
                    .map(part -> threads.submit(() -> status(part)))
                    .toList();
            return all.stream().map(Suite::result).toList();
        }
    }

    private static <T> T result(Future<T> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw explained(e.getCause());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new CliException(ExitCode.INTERRUPTED, "interrupted", "");
        }
    }

    private PartStatus status(Part part) {
        int offset = cli.settings().portOffset();
        Optional<RunRecord> found = home.exists() ? RunRecord.read(home, part) : Optional.empty();
        if (found.isEmpty()) {
            return new PartStatus(part, "stopped", 0, part.port(offset), part.managementPort(offset), 0, 0, false,
                    List.of());
        }
        RunRecord record = found.get();
        long uptime = Math.max(0, (System.currentTimeMillis() - record.startedAtMillis()) / 1000);
        if (!record.process().isAlive()) {
            return new PartStatus(part, "dead", record.pid(), record.port(), record.managementPort(), 0, 0,
                    record.aotCache(), List.of());
        }
        Health health = part == Part.POSTGRES
                ? new Health(true, !Ports.isFree(record.port()), List.of())
                : Health.of(cli.http(), cli.endpoints().management(part));
        String state = health.ready() ? "ready" : health.answers() ? "not ready" : "starting";
        return new PartStatus(part, state, record.pid(), record.port(), record.managementPort(), uptime,
                record.process().residentMib(), record.aotCache(), health.missing());
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }
}
