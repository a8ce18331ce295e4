package dev.pocketagent.cli.launch;

import java.util.List;
import java.util.concurrent.Callable;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Printer;
import dev.pocketagent.cli.output.Progress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code pocket down}. */
@Command(name = "down", description = "Stop the suite; data, secrets and logs stay.", footer = {"",
        "Containers of deployed stacks belong to the engine and go on running: delete the",
        "stacks first (pocket stack delete) if they should not."})
public final class DownCommand implements Callable<Integer> {

    private final Cli cli;

    @Mixin
    private OutputOption output = new OutputOption();

    public DownCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        Printer printer = output.printer(cli);
        List<Part> stopped;
        try (Progress progress = Progress.on(cli.terminal())) {
            stopped = new Suite(cli).down(progress);
        }
        boolean all = PartStatus.all(cli).stream().allMatch(part -> part.state().equals("stopped"));
        if (printer.forPeople()) {
            cli.terminal().out().println(!all
                    ? "Not everything ended; see pocket status."
                    : stopped.isEmpty()
                            ? "Nothing was running."
                            : "The suite is down; its data stays in " + cli.home().root() + ".");
        } else {
            var document = Json.object().put("down", all);
            var list = document.putArray("stopped");
            stopped.forEach(part -> list.add(part.id()));
            printer.document(document);
        }
        return all ? ExitCode.OK : ExitCode.FAILED;
    }
}
