package dev.pocketagent.cli.demo;

import java.time.Duration;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.ExitCode;

/** Waiting for what appears by itself, a moment after it was asked for. */
final class Poll {

    private static final Duration PAUSE = Duration.ofMillis(30);

    private Poll() {}

    /**
     * Asks until there is something.
     *
     * @param what it is, for the failure
     * @throws CliException when it does not appear within the patience
     */
    static <T> T until(Duration patience, String what, Supplier<@Nullable T> ask) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            T got = ask.get();
            if (got != null) {
                return got;
            }
            if (System.nanoTime() > deadline) {
                throw CliException.failed(what + " did not appear within " + patience.toSeconds() + " s",
                        "see pocket status and pocket logs");
            }
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                throw new CliException(ExitCode.INTERRUPTED, "interrupted", "");
            }
        }
    }
}
