package dev.pocketagent.kit.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Looks names up in bounded time, whatever the name servers do. It uses threads of the system: a lookup cannot be
 * interrupted and would hold a virtual thread's carrier, so a few dead name servers could stop every virtual thread of the
 * process.
 */
public final class NameLookup implements AutoCloseable {

    /** How a name becomes addresses: the system's way, or a test's that plays DNS. */
    @FunctionalInterface
    public interface Resolver {
        InetAddress[] addressesOf(String host) throws UnknownHostException;
    }

    private final Resolver resolver;
    private final ThreadPoolExecutor threads;

    /**
     * @param most lookups at once
     * @param threadName beginning of the threads' names
     */
    public NameLookup(Resolver resolver, int most, String threadName) {
        this.resolver = resolver;
        this.threads = new ThreadPoolExecutor(0, most, 30, TimeUnit.SECONDS, new SynchronousQueue<>(),
                Thread.ofPlatform().daemon().name(threadName, 0).factory());
    }

    /**
     * All addresses of a host.
     *
     * @throws TimeoutException when they are not known within the patience
     * @throws RejectedExecutionException at once, when as many lookups wait as there may be
     */
    public InetAddress[] addressesOf(String host, Duration patience)
            throws UnknownHostException, TimeoutException, InterruptedException {
        Future<InetAddress[]> asked = threads.submit(() -> resolver.addressesOf(host));
        try {
            return asked.get(Math.max(0, patience.toNanos()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownHostException unknown) {
                throw unknown;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /** Takes no more; what is under way ends by itself. */
    @Override
    public void close() {
        threads.shutdown();
    }
}
