package dev.pocketagent.bench.registry;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.bench.load.Cpu;
import dev.pocketagent.cli.bench.Machine;
import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.home.Home;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.home.SecretFiles;
import dev.pocketagent.cli.home.Settings;
import dev.pocketagent.cli.launch.Ports;
import dev.pocketagent.cli.launch.ServiceProcess;
import dev.pocketagent.cli.launch.StartedHere;
import dev.pocketagent.cli.launch.StateDirectories;
import dev.pocketagent.cli.launch.Suite;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Format;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Printer;
import dev.pocketagent.cli.output.Progress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code bench/run registry}: the packaged registry, and a PostgreSQL of its own as {@code pocket up} starts it, with very
 * many tenants; then with 1 % of them, so that it shows what grows.
 */
@Command(name = "registry", description = "Measure the registry with very many tenants, and with 1 %% of them.", mixinStandardHelpOptions = true)
public final class RegistryBench implements Callable<Integer> {

    private static final Duration START_PATIENCE = Duration.ofMinutes(15);
    private static final int SMALL_SHARE = 100;

    private final Cli cli;

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Option(names = "--tenants", paramLabel = "N", description = "how many tenants (default: 1000000)")
    private int tenants = 1_000_000;

    @Option(names = "--audit-rows", paramLabel = "N", description = "how many audit rows (default: 10 a tenant)")
    private @Nullable Long auditRows;

    @Option(names = "--seconds", paramLabel = "N", description = "how long each thing is measured, after warming up (default: 10)")
    private int seconds = 10;

    @Option(names = "--rate", paramLabel = "N", description = "requests a second (default: 500)")
    private int rate = 500;

    @Option(names = "--growth", negatable = true, fallbackValue = "true", defaultValue = "true", description = "measure 1 %% of the size, too, and print the ratios (default: yes)")
    private boolean growth = true;

    @Option(names = "--layout", paramLabel = "key|time", description = "how audit rows lie in the table: each chain in one piece, or as they were written, all tenants mixed (default: key)")
    private Layout layout = Layout.key;

    @Option(names = {"--data",
            "--keep"}, paramLabel = "DIR", description = "keep the data set in this directory, and use it again the next time")
    private @Nullable Path data;

    @Option(names = "--optimised", negatable = true, fallbackValue = "true", defaultValue = "true", description = "run the registry with the optimising compiler, as its image does; pocket up does not (default: yes)")
    private boolean optimised = true;

    @Option(names = "--only", paramLabel = "TEXT", description = "only the requests whose name contains this")
    private @Nullable String only;

    @Option(names = "--load-only", description = "make the data set for --data, and measure nothing")
    private boolean loadOnly;

    @Option(names = "--check", description = "exit with 1 when a target is missed")
    private boolean check;

    enum Layout {
        key, time
    }

    public RegistryBench(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws IOException, SQLException, InterruptedException {
        if (seconds < 1 || rate < 1 || loadOnly && data == null) {
            throw CliException.usage(
                    loadOnly ? "--load-only makes sense with --data only" : "--seconds and --rate are at least 1", "");
        }
        Population whole = new Population(tenants, auditRows == null ? 10L * tenants : auditRows);
        Path directory = data == null ? Files.createTempDirectory("pocket-bench-registry") : data.toAbsolutePath();
        ObjectNode document = Json.object().put("bench", "registry")
                .put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString()).put("ratePerSecond", rate)
                .put("seconds", seconds);
        document.set("machine", Machine.describe());
        try (Progress progress = Progress.on(cli.terminal())) {
            if (!loadOnly) {
                Progress.Row row = progress.row("keys from memory");
                row.working("one thread");
                document.set("warmKeys", WarmKeys.measure(Duration.ofSeconds(Math.min(seconds, 5))));
                row.done(Json.text(document, "/warmKeys/perSecond") + " a second");
            }
            if (growth) {
                Population small = new Population(Math.max(100, tenants / SMALL_SHARE),
                        Math.max(100, whole.auditRows() / SMALL_SHARE));
                document.set("small", one("small", directory, small, document, progress));
            }
            document.set("full", one("full", directory, whole, document, progress));
        } finally {
            if (data == null) {
                Files.deleteIfExists(directory);
            }
        }
        if (loadOnly) {
            return ExitCode.OK;
        }
        if (growth) {
            document.set("growth", Targets.growth(document.at("/small/figures"), document.at("/full/figures")));
        }
        boolean met = Targets.judge(document);
        if (json) {
            new Printer(cli.terminal(), Format.json).document(document);
        } else {
            print(document);
        }
        return met || !check ? ExitCode.OK : ExitCode.FAILED;
    }

    /** A suite in a state directory and on ports of its own, down and gone at the end whatever happens. */
    private ObjectNode one(String name, Path directory, Population population, ObjectNode document, Progress progress)
            throws IOException, SQLException, InterruptedException {
        Path root = directory.resolve(name);
        var env = new HashMap<>(cli.env());
        int offset = Ports.claimOffset();
        env.put("POCKET_HOME", root.toString());
        env.put(Settings.OFFSET_VARIABLE, Integer.toString(offset));
        env.put(ServiceProcess.OPTIMISE_VARIABLE, optimised ? Part.REGISTRY.id() : "");
        var own = new Cli(cli.terminal(), env, cli.installation());
        var suite = new Suite(own);
        var set = new DataSet(own.home(), offset, population, layout == Layout.time);
        boolean there = set.isThere();
        if (!there) {
            requireRoom(directory, population);
        }
        boolean keep = there;
        var started = new StartedHere(own.home(), cli.terminal()).armed();
        Thread cleaner = Thread.ofPlatform().unstarted(() -> deleteWhenDown(own.home()));
        if (!there) {
            Runtime.getRuntime().addShutdownHook(cleaner);
        }
        try {
            Progress.Row row = progress.row(name + ": " + population.tenants() + " tenants, " + population.auditRows()
                    + " audit rows");
            row.working("starting PostgreSQL and the registry");
            var silent = Progress.on(cli.terminal().silent());
            List<Suite.Started> parts = suite.up(Suite.UpOptions.only(Part.REGISTRY, START_PATIENCE), started, silent);
            if (there) {
                row.done("is there");
            } else {
                set.load(row);
                keep = data != null;
            }
            ObjectNode node = Json.object();
            if (!loadOnly) {
                // Anew, so that it has seen nothing of the loading.
                Suite.Started service = suite.restart(Part.REGISTRY, true, started);
                document.set("database", set.server());
                document.putObject("service").put("aotCache", service.aotCache()).put("startMillis", service.millis())
                        .put("jvm", "serial collector, 256 MiB heap, " + (optimised
                                ? "optimising compiler, as in its image"
                                : "first-tier compiler, as pocket up starts it"));
                node.set("dataSet", set.describe());
                long database = parts.stream().filter(part -> part.part() == Part.POSTGRES).findFirst().orElseThrow()
                        .pid();
                var routes = new Routes(own.endpoints().of(Part.REGISTRY), SecretFiles.read(own.home().operatorKey()),
                        SecretFiles.read(own.home().secrets().resolve("service-keys").resolve("router.key")),
                        population);
                node.set("figures", new Measurement(routes, population, new Cpu(service.pid(), database), rate,
                        Duration.ofSeconds(seconds), only, progress).run(name));
            }
            return node;
        } finally {
            suite.down(Progress.on(cli.terminal().silent()));
            started.keep();
            if (!keep) {
                StateDirectories.delete(own.home());
            }
            forget(cleaner);
        }
    }

    private void requireRoom(Path directory, Population population) throws IOException {
        long needed = DataSet.bytesNeeded(population);
        Path there = directory;
        while (!Files.exists(there)) {
            there = there.getParent() == null ? Path.of("/") : there.getParent();
        }
        FileStore disk = Files.getFileStore(there);
        if (disk.getUsableSpace() < needed) {
            throw CliException.failed(
                    "the data set needs " + gib(needed) + " GiB, and " + there + " has " + gib(disk.getUsableSpace())
                            + " free",
                    "name a directory on another disk with --data, or ask for less: --tenants 100000");
        }
        cli.terminal().err().println("the data set needs up to " + gib(needed) + " GiB in " + directory + ", where "
                + gib(disk.getUsableSpace()) + " are free");
    }

    private static String gib(long bytes) {
        return String.format(java.util.Locale.ROOT, "%.1f", bytes / (double) (1L << 30));
    }

    /** At the end of our JVM, beside the hook that stops the processes. */
    private static void deleteWhenDown(Home home) {
        for (int i = 0; i < 300; i++) {
            try {
                StateDirectories.delete(home);
                Path parent = home.root().getParent();
                if (parent != null && parent.getFileName().toString().startsWith("pocket-bench-registry")) {
                    Files.deleteIfExists(parent);
                }
                return;
            } catch (CliException | IOException _) {
                // Something of it runs yet, or has just written a file.
            }
            try {
                Thread.sleep(200);
            } catch (InterruptedException _) {
                return;
            }
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // The JVM ends already, and the hook does its work.
        }
    }

    private void print(ObjectNode document) {
        var printer = new Printer(cli.terminal(), Format.table);
        var out = cli.terminal().out();
        printer.table(document.path("targets"), List.of(Column.text("what", "/name"), Column.number("figure", "/value"),
                Column.number("target", "/limit"), Column.text("unit", "/unit"), Column.text("met", "/met")));
        out.println();
        if (growth) {
            JsonNode ratios = document.path("growth");
            var rows = Json.array();
            ratios.fieldNames().forEachRemaining(name -> rows.addObject().put("name", name)
                    .put("p50", Json.text(ratios.path(name), "/p50")).put("p99", Json.text(ratios.path(name), "/p99"))
                    .put("each", Json.text(ratios.path(name), "/each")));
            out.println("times slower than with 1 % of the data:");
            printer.table(rows, List.of(Column.text("what", "/name"), Column.text("p50", "/p50"),
                    Column.text("p99", "/p99"), Column.text("each", "/each")));
            out.println();
        }
        out.println("data set: " + Json.compact(document.at("/full/dataSet")));
        out.println("machine: " + Json.compact(document.path("machine")));
    }
}
