package dev.pocketagent.cli.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.home.Settings;
import dev.pocketagent.cli.output.Progress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code pocket train}, called by the launcher script after a build: starts the fresh services once in a suite that is
 * thrown away, so that the JVM can write its AOT cache of them. Without a cache they only start slower, so a training that
 * does not work out is said and is no failure of the build.
 */
@Command(name = "train", hidden = true, description = "Make the AOT caches of freshly built services.")
public final class TrainCommand implements Callable<Integer> {

    private final Cli cli;

    @Parameters(paramLabel = "SERVICE", arity = "0..*", description = "which (default: all that have none)")
    private List<String> names = new ArrayList<>();

    public TrainCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws IOException {
        Set<Part> parts = EnumSet.noneOf(Part.class);
        names.stream().map(Part::of).forEach(parts::add);
        var caches = new AotCaches(cli);
        if (names.isEmpty()) {
            Part.SERVICES.stream().filter(part -> !caches.isUsable(part)).forEach(parts::add);
        }
        parts.removeIf(part -> !caches.canBeMade(part));
        if (parts.isEmpty()) {
            return ExitCode.OK;
        }
        var env = new HashMap<>(cli.env());
        Path home = Files.createTempDirectory("pocket-training");
        env.put("POCKET_HOME", home.toString());
        env.put(Settings.OFFSET_VARIABLE, Integer.toString(Ports.claimOffset()));
        var own = new Cli(cli.terminal(), env, cli.installation());
        var suite = new Suite(own);
        var started = new StartedHere(own.home(), cli.terminal()).armed();
        try (Progress progress = Progress.on(cli.terminal())) {
            Progress.Row row = progress.row("AOT caches");
            row.working("recording a start of " + String.join(", ", parts.stream().map(Part::id).toList()));
            suite.up(Suite.UpOptions.training(Duration.ofMinutes(5), parts), started,
                    Progress.on(cli.terminal().silent()));
            row.working("writing");
            row.done(new AotCaches(own).finishTraining(parts) + " of " + parts.size() + " made");
        } finally {
            suite.down(Progress.on(cli.terminal().silent()));
            started.keep();
            StateDirectories.delete(own.home());
        }
        return ExitCode.OK;
    }
}
