package dev.pocketagent.cli.launch;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.cli.home.Home;
import dev.pocketagent.cli.output.Progress;
import dev.pocketagent.cli.output.Terminal;

/**
 * What one call started. Until it is kept, Ctrl-C (or any other end of our JVM) stops it again, so that nobody has to
 * clean up after a call that did not finish.
 */
public final class StartedHere {

    private final Home home;
    private final Terminal terminal;
    private final List<RunRecord> records = new ArrayList<>();
    private @Nullable Thread hook;
    private boolean stopping;

    public StartedHere(Home home, Terminal terminal) {
        this.home = home;
        this.terminal = terminal;
    }

    /** Begins to watch for the end of our JVM. */
    public synchronized StartedHere armed() {
        if (hook == null) {
            hook = Thread.ofPlatform().unstarted(this::stopAtExit);
            Runtime.getRuntime().addShutdownHook(hook);
        }
        return this;
    }

    /** What was started stays. */
    public synchronized void keep() {
        if (hook != null && !stopping) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException _) {
                // the JVM ends already, and the hook does its work
            }
            hook = null;
        }
        records.clear();
    }

    void add(RunRecord record) {
        boolean tooLate;
        synchronized (this) {
            records.add(record);
            tooLate = stopping;
        }
        if (tooLate) {
            stop(List.of(record));
        }
    }

    /** Stops all of it again. */
    void undo() {
        List<RunRecord> all;
        synchronized (this) {
            all = List.copyOf(records);
            records.clear();
        }
        stop(all);
    }

    private void stop(List<RunRecord> some) {
        Stop.all(home, some, Progress.on(terminal.silent()));
    }

    private void stopAtExit() {
        synchronized (this) {
            stopping = true;
            if (records.isEmpty()) {
                return;
            }
        }
        terminal.err().println();
        terminal.err().println("interrupted: stopping what this call started ...");
        undo();
        terminal.err().println("stopped.");
    }
}
