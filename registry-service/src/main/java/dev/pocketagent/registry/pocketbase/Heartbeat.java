package dev.pocketagent.registry.pocketbase;

import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.jboss.logging.Logger;

/** Keeps a run's turn while it goes on. */
final class Heartbeat {

    private static final Logger LOG = Logger.getLogger(Heartbeat.class);

    private final Turn turn;
    private final UUID holder;
    // Not an interrupt: that would close the database connection which the thread may be using.
    private final CountDownLatch end = new CountDownLatch(1);

    Heartbeat(Turn turn, UUID holder) {
        this.turn = turn;
        this.holder = holder;
        Thread.ofVirtual().name("pocketbase-heartbeat").start(this::beat);
    }

    private void beat() {
        try {
            while (!end.await(Turn.HELD.toMillis() / 3, TimeUnit.MILLISECONDS)) {
                try {
                    if (!turn.keep(holder)) {
                        return;
                    }
                } catch (RuntimeException e) {
                    LOG.warnf("The PocketBase run cannot say that it goes on: %s", e.getMessage());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void end() {
        end.countDown();
    }
}
