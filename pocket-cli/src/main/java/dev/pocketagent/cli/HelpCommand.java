package dev.pocketagent.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.ExitCode;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code pocket help}: the same as {@code --help} behind a command. */
@Command(name = "help", description = "Show the help of a command.")
final class HelpCommand implements Callable<Integer> {

    private final Cli cli;

    @Parameters(paramLabel = "COMMAND", arity = "0..*", description = "of which, e.g. tenant create (default: pocket itself)")
    private List<String> path = new ArrayList<>();

    HelpCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        CommandLine command = Pocket.commandLine(cli);
        for (String name : path) {
            CommandLine next = command.getSubcommands().get(name);
            if (next == null) {
                String known = command.getCommandSpec().qualifiedName(" ");
                throw CliException.usage(known + " knows no " + name, known + " --help shows what it takes");
            }
            command = next;
        }
        command.usage(command.getOut());
        return ExitCode.OK;
    }
}
