package dev.pocketagent.cli.launch;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starting a process that outlives us and does not get our Ctrl-C: it leads a session of its own. */
final class Detached {

    private static final List<List<String>> WRAPPERS = List.of(List.of("setsid"),
            // macOS has no setsid, but Perl
            List.of("perl", "-e", "use POSIX; POSIX::setsid(); exec @ARGV or die $!;"));

    private Detached() {}

    /**
     * Starts a command with its output at the end of {@code log}. Every wrapper on the way replaces itself by the next, so
     * that the pid is that of the command.
     *
     * @param environment put on top of ours, without what could change a service's settings or holds a secret
     */
    static Process start(List<String> command, Path directory, Path log, Map<String, String> environment)
            throws IOException {
        var line = new ArrayList<String>();
        WRAPPERS.stream().filter(wrapper -> isOnPath(wrapper.getFirst())).findFirst().ifPresent(line::addAll);
        line.addAll(command);
        var builder = new ProcessBuilder(line).directory(directory.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null"))).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        // Services read secrets from files that only they need; those of our caller must not show in /proc/<pid>/environ.
        builder.environment().keySet()
                .removeIf(name -> name.endsWith("_API_KEY") || name.endsWith("_TOKEN") || name.startsWith("POCKET_")
                        || name.startsWith("QUARKUS_") || name.equals("JAVA_TOOL_OPTIONS"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    static boolean isOnPath(String program) {
        for (String directory : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
            if (!directory.isEmpty() && Files.isExecutable(Path.of(directory, program))) {
                return true;
            }
        }
        return false;
    }
}
