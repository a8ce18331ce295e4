package dev.pocketagent.cli.launch;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.Converters;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Printer;
import dev.pocketagent.cli.output.Progress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code pocket up}. */
@Command(name = "up", description = "Start PostgreSQL and the four services, or what is missing.", footer = {
        "", "Running parts with unchanged settings are left alone. State is in $POCKET_HOME",
        "(default: ~/.pocketagent). OPENAI_API_KEY, ANTHROPIC_API_KEY and a running Ollama",
        "are given to the router; keys are kept in secrets/providers/."})
public final class UpCommand implements Callable<Integer> {

    private final Cli cli;

    @Mixin
    private OutputOption output = new OutputOption();

    @Option(names = "--timeout", paramLabel = "DURATION", defaultValue = "2m", converter = Converters.Timeout.class, description = "how long the services may take to be ready (default: 2m)")
    private Duration timeout = Duration.ofMinutes(2);

    @Option(names = "--no-aot-cache", description = "start without AOT caches")
    private boolean noCache;

    @Option(names = "--local-root", paramLabel = "DIRECTORY", description = "let sync read local sources below this directory too; may be repeated")
    private List<Path> localRoots = new ArrayList<>();

    public UpCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        Printer printer = output.printer(cli);
        var started = new StartedHere(cli.home(), cli.terminal()).armed();
        var options = new Suite.UpOptions(timeout, !noCache,
                localRoots.stream().map(root -> root.toAbsolutePath().normalize().toString()).toList());
        List<Suite.Started> parts;
        try (Progress progress = Progress.on(cli.terminal())) {
            parts = new Suite(cli).up(options, started, progress);
        }
        started.keep();
        if (printer.forPeople()) {
            boolean nothingNew = parts.stream().allMatch(part -> part.outcome().equals("running"));
            cli.terminal().out().println(nothingNew ? "Everything runs already." : "The suite is up.");
            cli.terminal().out().println("Go on: pocket demo, pocket status, pocket logs, pocket down");
        } else {
            printer.document(toJson(parts));
        }
        return ExitCode.OK;
    }

    /** What became of each part, as a document. */
    public static ObjectNode toJson(List<Suite.Started> parts) {
        ObjectNode document = Json.object();
        var list = document.putArray("parts");
        for (Suite.Started part : parts) {
            ObjectNode node = list.addObject().put("name", part.part().id()).put("outcome", part.outcome())
                    .put("milliseconds", part.millis()).put("pid", part.pid()).put("port", part.port());
            if (part.part() != Part.POSTGRES) {
                node.put("aotCache", part.aotCache());
            }
        }
        return document;
    }
}
