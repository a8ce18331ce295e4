package dev.pocketagent.cli.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.home.Settings;
import dev.pocketagent.cli.launch.AotCaches;
import dev.pocketagent.cli.launch.PartStatus;
import dev.pocketagent.cli.launch.Ports;
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
 * {@code bench/run start}: in a suite of its own (state directory and ports), so that nothing of the user's is touched.
 * Cold is the first start on empty databases, all services at once. Warm is a start of one service while the rest runs.
 */
@Command(name = "start", description = "Measure the start of each service, and the warm demo up to its first token.")
public final class StartCommand implements Callable<Integer> {

    private static final long PLAIN_TARGET_MILLIS = 3000;
    private static final long CACHE_TARGET_MILLIS = 1500;
    private static final long DEMO_TARGET_MILLIS = 60_000;

    private final Cli cli;

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "5", description = "warm starts of each service in each way (default: 5)")
    private int runs = 5;

    @Option(names = "--no-demo", description = "leave the demo out")
    private boolean noDemo;

    @Option(names = "--check", description = "exit with 1 when a target is missed")
    private boolean check;

    public StartCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws IOException {
        Path home = Files.createTempDirectory("pocket-bench-start");
        int offset = Ports.claimOffset();
        var env = new HashMap<>(cli.env());
        env.put("POCKET_HOME", home.toString());
        env.put(Settings.OFFSET_VARIABLE, Integer.toString(offset));
        var own = new Cli(cli.terminal(), env, cli.installation());
        var suite = new Suite(own);
        var started = new StartedHere(own.home(), cli.terminal()).armed();
        ObjectNode document = Json.object().put("bench", "start").put("runs", runs);
        try (Progress progress = Progress.on(cli.terminal())) {
            document.set("machine", Machine.describe());
            starts(own, started, document, progress);
            suite.down(Progress.on(cli.terminal().silent()));
            if (!noDemo) {
                document.set("demo", demo(suite, env, progress.row("demo")));
            }
        } finally {
            suite.down(Progress.on(cli.terminal().silent()));
            started.keep();
            StateDirectories.delete(own.home());
        }
        boolean met = targets(document);
        if (json) {
            new Printer(cli.terminal(), Format.json).document(document);
        } else {
            print(document);
        }
        return met || !check ? ExitCode.OK : ExitCode.FAILED;
    }

    private void starts(Cli own, StartedHere started, ObjectNode document, Progress progress) {
        var suite = new Suite(own);
        ObjectNode services = document.putObject("services");
        Progress.Row row = progress.row("cold start");
        row.working("all at once, on empty databases");
        long from = System.nanoTime();
        var silent = Progress.on(cli.terminal().silent());
        List<Suite.Started> cold = suite.up(Suite.UpOptions.usual(), started, silent);
        document.put("coldSuiteMillis", (System.nanoTime() - from) / 1_000_000);
        cold.forEach(part -> services.putObject(part.part().id()).put("coldMillis", part.millis()));
        row.done("done");
        for (Part part : Part.SERVICES) {
            ObjectNode node = services.withObject("/" + part.id());
            node.set("plain", warm(own, started, part, false, progress.row(part.id() + ", plain JVM")));
            Progress.Row cached = progress.row(part.id() + ", AOT cache");
            if (new AotCaches(own).isUsable(part)) {
                node.set("aotCache", warm(own, started, part, true, cached));
            } else {
                node.putNull("aotCache");
                cached.failed("there is no usable cache: pocket build");
            }
        }
        suite.down(silent);
        from = System.nanoTime();
        suite.up(Suite.UpOptions.usual(), started, silent);
        document.put("warmSuiteMillis", (System.nanoTime() - from) / 1_000_000);
    }

    private ObjectNode warm(Cli own, StartedHere started, Part part, boolean cache, Progress.Row row) {
        var millis = new ArrayList<Long>();
        var cpu = new ArrayList<Long>();
        long memory = 0;
        for (int run = 1; run <= runs; run++) {
            row.working("run " + run + " of " + runs);
            Suite.Started ready = new Suite(own).restart(part, cache, started);
            millis.add(ready.millis());
            cpu.add(ready.cpuMillis());
            memory = PartStatus.all(own).stream().filter(each -> each.part() == part).mapToLong(PartStatus::memoryMib)
                    .sum();
        }
        var sorted = new ArrayList<>(millis);
        Collections.sort(sorted);
        long median = sorted.get(sorted.size() / 2);
        ObjectNode node = Json.object().put("medianMillis", median).put("minMillis", sorted.getFirst())
                .put("maxMillis", sorted.getLast()).put("memoryMib", memory)
                .put("medianCpuMillis", cpu.stream().sorted().toList().get(cpu.size() / 2));
        var all = node.putArray("millis");
        millis.forEach(all::add);
        row.done("median " + median + " ms, CPU " + Json.text(node, "/medianCpuMillis") + " ms");
        return node;
    }

    /** Through the launcher script, as a user calls it: once to have something to work on, then warm. */
    private ObjectNode demo(Suite suite, Map<String, String> env, Progress.Row row) throws IOException {
        ObjectNode node = Json.object();
        for (String kind : List.of("cold", "warm")) {
            row.working(kind);
            Instant called = Instant.now();
            var builder = new ProcessBuilder(cli.installation().resolve("pocket").toString(), "demo", "--json")
                    .redirectError(ProcessBuilder.Redirect.DISCARD);
            builder.environment().putAll(env);
            Process process = builder.start();
            String output;
            try (InputStream stream = process.getInputStream()) {
                output = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            }
            long millis = Duration.between(called, Instant.now()).toMillis();
            JsonNode document = Json.read(output);
            if (!document.path("ok").asBoolean()) {
                JsonNode last = document.path("steps").path(document.path("steps").size() - 1);
                throw CliException.failed("the " + kind + " demo failed at step " + Json.text(last, "/name") + ": "
                        + Json.text(last, "/error/message"), "run it by hand: pocket demo");
            }
            long before = Duration.between(called, Instant.parse(Json.text(document, "/begin"))).toMillis();
            node.put(kind + "FirstTokenMillis", Math.max(0, before) + document.path("firstTokenMilliseconds").asLong());
            node.put(kind + "Millis", millis);
            node.put("model", Json.text(document, "/model"));
            suite.down(Progress.on(cli.terminal().silent()));
        }
        row.done("first token after " + node.path("warmFirstTokenMillis").asText() + " ms");
        return node;
    }

    private static boolean targets(ObjectNode document) {
        var targets = document.putArray("targets");
        boolean all = true;
        for (Part part : Part.SERVICES) {
            JsonNode service = document.path("services").path(part.id());
            all &= target(targets.addObject(), part.id() + ", plain JVM", service.at("/plain/medianMillis"),
                    PLAIN_TARGET_MILLIS);
            all &= target(targets.addObject(), part.id() + ", AOT cache", service.at("/aotCache/medianMillis"),
                    CACHE_TARGET_MILLIS);
        }
        if (document.has("demo")) {
            all &= target(targets.addObject(), "warm demo to the first token",
                    document.at("/demo/warmFirstTokenMillis"),
                    DEMO_TARGET_MILLIS);
        }
        return all;
    }

    private static boolean target(ObjectNode node, String name, JsonNode value, long limit) {
        boolean met = value.isNumber() && value.asLong() <= limit;
        node.put("name", name).put("limitMillis", limit).put("met", met);
        if (value.isNumber()) {
            node.put("millis", value.asLong());
        }
        return met;
    }

    private void print(ObjectNode document) {
        var printer = new Printer(cli.terminal(), Format.table);
        printer.table(document.path("targets"), List.of(Column.text("what", "/name"), Column.number("ms", "/millis"),
                Column.number("limit", "/limitMillis"), Column.text("met", "/met")));
        cli.terminal().out().println();
        cli.terminal().out()
                .println("all services at once: cold " + Json.text(document, "/coldSuiteMillis") + " ms, warm "
                        + Json.text(document, "/warmSuiteMillis") + " ms");
        cli.terminal().out().println("machine: " + Json.compact(document.path("machine")));
    }
}
