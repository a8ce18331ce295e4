package dev.pocketagent.cli.launch;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Stopping processes that we started: first asked, then made to. */
final class Signals {

    private static final Duration PAUSE = Duration.ofMillis(25);

    private Signals() {}

    /**
     * Sends a signal, unless the pid belongs to another process by now.
     *
     * @param signal without SIG, e.g. {@code INT}
     */
    static void send(ProcessId process, String signal) {
        if (!process.isAlive()) {
            return;
        }
        try {
            // ProcessHandle knows TERM and KILL only; kill is built into every sh, and may be missing as a program.
            new ProcessBuilder("sh", "-c", "kill -" + signal + " " + process.pid()).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor(5, TimeUnit.SECONDS);
        } catch (IOException _) {
            ProcessHandle.of(process.pid()).ifPresent(ProcessHandle::destroy);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** @return whether it has ended */
    static boolean awaitEnd(ProcessId process, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (process.isAlive()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return !process.isAlive();
            }
        }
        return true;
    }

    /**
     * Asks, waits, then kills.
     *
     * @return how it ended: {@code stopped}, {@code killed ...}, or {@code was gone}
     */
    static String stop(ProcessId process, String gentle, Duration patience) {
        if (!process.isAlive()) {
            return "was gone";
        }
        send(process, gentle);
        if (awaitEnd(process, patience)) {
            return "stopped";
        }
        send(process, "KILL");
        awaitEnd(process, Duration.ofSeconds(5));
        return "killed after " + patience.toSeconds() + " s";
    }
}
