package dev.pocketagent.cli.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
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
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.home.Home;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.home.SecretFiles;
import dev.pocketagent.cli.home.Settings;
import dev.pocketagent.cli.output.Durations;
import dev.pocketagent.cli.output.Progress;

/**
 * A suite on this machine, as a whole: PostgreSQL and its services brought up to what their settings say, and taken down
 * again. One call at a time works on a suite; another one waits for its turn.
 */
public final class Suite {

    private static final Duration TURN_PATIENCE = Duration.ofMinutes(3);

    private final Cli cli;
    private final Home home;
    private final SuiteSecrets secrets;
    private final AotCaches caches;

    public Suite(Cli cli) {
        this.cli = cli;
        this.home = cli.home();
        this.secrets = new SuiteSecrets(home);
        this.caches = new AotCaches(cli);
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
        toStart.forEach(each -> new ServiceProcess(cli, each.part).requireBuilt());
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
        var process = new ServiceProcess(cli, part);
        boolean running = wanted.outcome.equals("running");
        RunRecord record;
        if (running) {
            record = wanted.present.orElseThrow();
        } else {
            if (wanted.outcome.equals("restarted")) {
                row.working("stopping: its settings have changed");
                Stop.forRestart(wanted.present.orElseThrow());
                begin = System.nanoTime();
            }
            row.working("starting");
            record = process.launch(wanted.settings,
                    options.training().contains(part) ? JavaCommand.Mode.TRAINING : mode(part, options.aotCache()));
            started.add(record);
        }
        try {
            process.awaitReady(record, options.patience(), row);
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
        return aotCache && caches.isUsable(part) ? JavaCommand.Mode.CACHED : JavaCommand.Mode.PLAIN;
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
            RunRecord.read(home, part).ifPresent(Stop::forRestart);
            long begin = System.nanoTime();
            var process = new ServiceProcess(cli, part);
            RunRecord record = process.launch(same, mode(part, aotCache));
            started.add(record);
            process.awaitReady(record, UpOptions.usual().patience(),
                    Progress.on(cli.terminal().silent()).row(part.id()));
            return new Started(part, "restarted", millisSince(begin), record.process().cpuMillis(), record.aotCache(),
                    record.port(), record.pid());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Stops all of it, services first; each within a bound, then by force.
     *
     * @return what ran until now
     */
    public List<Part> down(Progress progress) {
        if (!home.exists()) {
            return List.of();
        }
        try (SuiteLock _ = SuiteLock.take(home, TURN_PATIENCE,
                who -> progress.row("waiting").working("another pocket (" + who + ") works on this suite"))) {
            return Stop.all(home,
                    Stream.of(Part.values()).flatMap(part -> RunRecord.read(home, part).stream()).toList(), progress);
        }
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }
}
