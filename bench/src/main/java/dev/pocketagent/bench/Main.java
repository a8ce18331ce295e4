package dev.pocketagent.bench;

import dev.pocketagent.bench.registry.RegistryBench;
import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.Failure;
import dev.pocketagent.cli.command.Shutdown;
import picocli.CommandLine;

/** {@code bench registry}: called by {@code bench/registry/run} through the launcher. */
public final class Main {

    private Main() {}

    public static void main(String[] args) {
        System.exit(run(Cli.system(), args));
    }

    static int run(Cli cli, String... args) {
        var line = new CommandLine(CommandLine.Model.CommandSpec.create().name("bench"));
        line.addSubcommand(new RegistryBench(cli));
        line.getCommandSpec().parser().collectErrors(false);
        line.setExecutionExceptionHandler((e, _, _) -> {
            Shutdown.parkIfUnderWay();
            Failure failure = Failure.of(e);
            failure.print(cli.terminal());
            if (!cli.env("POCKET_DEBUG").isEmpty()) {
                e.printStackTrace(cli.terminal().err());
            }
            return failure.exitCode();
        });
        line.setParameterExceptionHandler((e, _) -> {
            Failure.of(new IllegalArgumentException(e.getMessage())).print(cli.terminal());
            return ExitCode.USAGE;
        });
        // The launcher hands its whole command line on: "bench registry --json".
        return line.execute(args.length > 0 && args[0].equals("bench") ? tail(args) : args);
    }

    private static String[] tail(String[] args) {
        return java.util.Arrays.copyOfRange(args, 1, args.length);
    }
}
