package dev.pocketagent.cli;

import java.util.concurrent.Callable;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.ExitCode;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code pocket version}: the same as {@code pocket --version}. */
@Command(name = "version", description = "Show the version.")
final class VersionCommand implements Callable<Integer> {

    private final Cli cli;

    VersionCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        CommandLine pocket = Pocket.commandLine(cli);
        pocket.printVersionHelp(pocket.getOut());
        return ExitCode.OK;
    }
}
