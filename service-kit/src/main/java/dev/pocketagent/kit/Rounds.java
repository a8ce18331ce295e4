package dev.pocketagent.kit;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import org.jboss.logging.Logger;

/**
 * Work that comes round on a thread of its own until the service stops: at once, then so long after the end of the round
 * before. A round that fails is logged, and the next one tries again.
 */
public final class Rounds {

    /** One round. */
    public interface Work {
        void run() throws Exception;
    }

    private final Logger log;
    private final String name;
    private final Duration every;
    private final String trouble;
    private final Semaphore calls = new Semaphore(0);
    private volatile boolean stopping;

    /**
     * @param name of the thread
     * @param every pause between two rounds
     * @param trouble what is logged of a round that fails, before the reason: "Old rows cannot be deleted now"
     */
    public Rounds(Logger log, String name, Duration every, String trouble) {
        this.log = log;
        this.name = name;
        this.every = every;
        this.trouble = trouble;
    }

    /** Begins. Call it once, when the work can be done. */
    public void start(Work work) {
        Thread.ofVirtual().name(name).start(() -> loop(work));
    }

    /** Has the next round follow at once. */
    public void soon() {
        calls.release();
    }

    /** Ends with the present round. No interrupt, which would break the connection that it may be using. */
    public void stop() {
        stopping = true;
        calls.release();
    }

    /** Whether a long round should come to its end. */
    public boolean stopping() {
        return stopping;
    }

    private void loop(Work work) {
        try {
            while (!stopping) {
                round(work);
                if (calls.tryAcquire(every.toMillis(), TimeUnit.MILLISECONDS)) {
                    calls.drainPermits();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void round(Work work) throws InterruptedException {
        try {
            work.run();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            if (!stopping) {
                log.warnf("%s, trying on: %s", trouble, e.getMessage());
            }
        }
    }
}
