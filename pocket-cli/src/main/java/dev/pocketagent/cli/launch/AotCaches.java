package dev.pocketagent.cli.launch;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Executors;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.home.Part;

/** The AOT caches of the built services: whether there is one to start with, and how a suite in training ends with new ones. */
public final class AotCaches {

    /** A JVM that was trained assembles its cache when it ends: some seconds of work, many on a busy machine. */
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    private final Cli cli;

    public AotCaches(Cli cli) {
        this.cli = cli;
    }

    /** Whether a service has a cache that this JVM made. */
    public boolean isUsable(Part part) {
        return JavaCommand.cacheIsUsable(ServiceProcess.application(cli, part));
    }

    /** Whether a service is built so that it can have one. */
    boolean canBeMade(Part part) {
        return JavaCommand.canBeTrained(ServiceProcess.application(cli, part));
    }

    /**
     * Ends services that were brought up for training, and waits until they have written their caches.
     *
     * @return how many caches there are now
     */
    int finishTraining(Set<Part> parts) throws IOException {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Part part : parts) {
                RunRecord.read(cli.home(), part).ifPresent(
                        record -> threads.execute(() -> Signals.stop(record.process(), "TERM", PATIENCE)));
            }
        }
        int made = 0;
        for (Part part : parts) {
            made += JavaCommand.adoptFreshCache(ServiceProcess.application(cli, part)) ? 1 : 0;
        }
        return made;
    }
}
