package dev.pocketagent.provisioner.engine;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tells containers that were killed for using too much memory from those that were killed for not ending in their grace. Engines do not
 * always say which it was, and the exit code is the same; so it is remembered, in this process only, which ones we stopped. Safe for many
 * threads.
 */
final class MemoryKills {

    /** 128 and signal 9, KILL. */
    private static final int KILLED = 137;
    private static final int MAX_REMEMBERED = 10_000;

    private final Set<String> stoppedByUs = ConcurrentHashMap.newKeySet();

    /** Before we stop a container. */
    void stopping(String id) {
        if (stoppedByUs.size() >= MAX_REMEMBERED) {
            stoppedByUs.clear();
        }
        stoppedByUs.add(id);
    }

    /** Before we start a container. */
    void starting(String id) {
        stoppedByUs.remove(id);
    }

    /** Whether the engine says that it was, or everything speaks for it. */
    boolean killed(Inspected container) {
        return container.info().oomKilled() || container.ended() && container.info().exitCode() == KILLED
                && !stoppedByUs.contains(container.info().id());
    }
}
