package dev.pocketagent.cli;

import java.util.concurrent.Callable;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.ExitCode;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code pocket completion}. */
@Command(name = "completion", description = "Print a completion script for bash or zsh.", footer = {"",
        "bash: source <(pocket completion bash)     zsh: source <(pocket completion zsh)"})
final class CompletionCommand implements Callable<Integer> {

    /** What can be completed in; the script serves both. */
    enum Shell {
        bash, zsh
    }

    private final Cli cli;

    @Parameters(paramLabel = "SHELL", arity = "0..1", description = "${COMPLETION-CANDIDATES} (default: bash)")
    private Shell shell = Shell.bash;

    CompletionCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        String script = AutoComplete.bash("pocket", Pocket.commandLine(cli));
        // zsh reads bash completions once this is loaded; the script checks for zsh itself.
        cli.terminal().out().print(shell == Shell.zsh ? "autoload -Uz compinit && compinit\n" + script : script);
        return ExitCode.OK;
    }
}
