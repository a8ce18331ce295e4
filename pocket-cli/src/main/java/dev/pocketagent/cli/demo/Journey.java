package dev.pocketagent.cli.demo;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.Failure;
import dev.pocketagent.cli.command.Shutdown;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.launch.StartedHere;
import dev.pocketagent.cli.launch.Suite;
import dev.pocketagent.cli.launch.UpCommand;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Progress;

/**
 * The demo's way from an empty machine to the audit trail: which steps there are, in which order, and what is told of each.
 * A step works on what an earlier run left, leaves what it made, and writes what it found into its part of the report.
 */
final class Journey {

    private final Cli cli;
    private final StartedHere started;
    private final Screen screen;
    private final Suite.UpOptions upOptions;
    private final Instant begin;
    private final Report report = Report.empty();

    /** @param begin when the user began to wait */
    Journey(Cli cli, StartedHere started, Screen screen, Suite.UpOptions upOptions, Instant begin) {
        this.cli = cli;
        this.started = started;
        this.screen = screen;
        this.upOptions = upOptions;
        this.begin = begin;
    }

    /** One step's work: tells what it found to the screen and into {@code found}. */
    private interface Work {
        void run(ObjectNode found) throws IOException;
    }

    /** @param live whether its title is shown while it works, with what it tells below */
    private record Step(String name, String title, boolean live, Work work) {}

    private List<Step> all() {
        var tenant = new TenantSteps(cli, screen, report);
        var context = new ContextSteps(cli, screen, report, tenant);
        var stack = new StackSteps(cli, screen, report, tenant);
        var model = new ModelSteps(cli, screen, report, tenant, context, begin);
        return List.of(new Step("suite", "Start the suite", true, this::startSuite),
                new Step("tenant", "Create a tenant", false, tenant::create),
                new Step("key", "Issue an API key for its developer", false, tenant::issueKey),
                new Step("repository", "Make a git repository of context and skills", false, context::push),
                new Step("source", "Register it as a source and sync it", false, context::register),
                new Step("read", "Read the context back as the agent does", false, context::readBack),
                new Step("change", "Push a change, and see it arrive", false, context::change),
                new Step("plan", "Plan an agent stack", false, stack::plan),
                new Step("deploy", "Deploy it", true, stack::deploy),
                new Step("chat", "Ask a model through the router, streamed", true, model::ask),
                new Step("usage", "See what it cost", false, model::account),
                new Step("audit", "Verify the audit trail", false, tenant::verifyAudit));
    }

    static int length() {
        return 12;
    }

    ObjectNode document() {
        return report.document();
    }

    /**
     * Walks until the end or the first step that fails.
     *
     * @return the failure; null when all went well
     */
    @Nullable
    Failure walk() {
        Failure failure = null;
        int number = 0;
        for (Step step : all()) {
            number++;
            failure = run(number, step);
            if (failure != null) {
                break;
            }
        }
        report.document().put("ok", failure == null).put("begin", begin.toString());
        report.document().put("milliseconds", Duration.between(begin, Instant.now()).toMillis());
        return failure;
    }

    @Nullable
    private Failure run(int number, Step step) {
        ObjectNode node = report.steps().addObject().put("number", number).put("name", step.name).put("title",
                step.title);
        ObjectNode found = Json.object();
        screen.begin(number, step.title, step.live);
        long from = System.nanoTime();
        Failure failure = null;
        try {
            step.work.run(found);
        } catch (IOException | RuntimeException e) {
            Shutdown.parkIfUnderWay();
            failure = Failure.of(e);
        }
        Duration took = Duration.ofNanos(System.nanoTime() - from);
        screen.end(failure == null, took);
        node.put("ok", failure == null).put("milliseconds", took.toMillis());
        node.setAll(found);
        if (failure != null) {
            node.set("error", failure.toJson());
        }
        return failure;
    }

    private void startSuite(ObjectNode found) {
        List<Suite.Started> parts;
        try (Progress progress = Progress.on(cli.terminal())) {
            parts = new Suite(cli).up(upOptions, started, progress);
        }
        found.setAll(UpCommand.toJson(parts));
        for (Suite.Started part : parts) {
            if (part.part() == Part.POSTGRES) {
                report.addresses().put("postgres", "127.0.0.1:" + part.port());
            } else {
                report.addresses().put(part.part().id(), cli.endpoints().of(part.part()).toString());
                report.addresses().put(part.part().id() + "Management",
                        cli.endpoints().management(part.part()).toString());
            }
        }
        report.credentials().put("operatorKeyFile", cli.home().operatorKey().toString());
    }
}
