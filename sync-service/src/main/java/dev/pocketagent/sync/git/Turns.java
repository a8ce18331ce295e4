package dev.pocketagent.sync.git;

import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * Lets few at once do what needs much memory for a moment, and one of each tenant: whose repository is made to be slow waits for it alone.
 * Safe for several threads.
 */
public final class Turns {

    private final Semaphore all;
    private final Map<UUID, Semaphore> tenants = new ConcurrentHashMap<>();

    /** @param most turns at once, of all tenants */
    public Turns(int most) {
        this.all = new Semaphore(most);
    }

    /** A turn; close it when the work is done. */
    public interface Turn extends AutoCloseable {
        @Override
        void close();
    }

    /** Waits for a turn. */
    public Turn take(UUID tenant) {
        Semaphore own = tenants.computeIfAbsent(tenant, first -> new Semaphore(1));
        // The own one first: who waits for it must not hold up the others.
        own.acquireUninterruptibly();
        all.acquireUninterruptibly();
        return () -> {
            all.release();
            own.release();
        };
    }
}
