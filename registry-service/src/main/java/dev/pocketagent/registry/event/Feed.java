package dev.pocketagent.registry.event;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.db.Schema;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;

/**
 * Long polls. A poll that finds nothing leaves a small object here and holds neither a thread nor a connection; one loop in
 * the process looks whether the feed has grown, at once after a change made here, and every half second for changes made by
 * another replica, and wakes those who wait.
 */
@ApplicationScoped
class Feed {

    private static final Logger LOG = Logger.getLogger(Feed.class);
    private static final Duration LOOK_EVERY = Duration.ofMillis(500);

    private record Waiter(long after, @Nullable UUID seen, int limit, long deadlineNanos,
            CompletableFuture<EventPage> answer) {}

    private final EventStore store;
    private final Set<Waiter> waiters = ConcurrentHashMap.newKeySet();
    private final Semaphore news = new Semaphore(0);
    private final ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor();
    private volatile long newest;
    private volatile boolean stopping;

    @Inject
    Feed(EventStore store) {
        this.store = store;
    }

    void start(@Observes Schema.Ready event) {
        Thread.ofVirtual().name("event-feed").start(this::look);
    }

    void changed(@Observes(during = TransactionPhase.AFTER_SUCCESS) Published event) {
        news.release();
    }

    /** Before the wait for requests in flight begins: otherwise each stop would last as long as the longest poll. */
    void stop(@Observes ShutdownDelayInitiatedEvent event) {
        finish();
    }

    void stop(@Observes ShutdownEvent event) {
        finish();
        readers.close();
    }

    private void finish() {
        stopping = true;
        news.release();
        for (Waiter waiter : new ArrayList<>(waiters)) {
            giveUp(waiter);
        }
    }

    /** Where the feed ends now. */
    CompletionStage<EventPage> end() {
        return CompletableFuture.supplyAsync(() -> new EventPage(List.of(), store.number()), readers);
    }

    /**
     * Events behind a place, as soon as there are any, or an empty page when the wait is over.
     *
     * @param seen id of the event at that place; null when the reader does not know it
     * @param wait zero to answer at once
     * @return completes with {@code cursor_ahead} as {@link EventStore#after} does
     */
    CompletionStage<EventPage> after(long after, @Nullable UUID seen, Duration wait, int limit) {
        Waiter waiter = new Waiter(after, seen, limit, System.nanoTime() + wait.toNanos(), new CompletableFuture<>());
        readers.execute(() -> serve(waiter));
        return waiter.answer;
    }

    /** How many polls wait now. */
    int waiting() {
        return waiters.size();
    }

    private void serve(Waiter waiter) {
        try {
            long before = newest;
            EventPage page = store.after(waiter.after, waiter.seen, waiter.limit);
            if (!page.items().isEmpty() || isOver(waiter)) {
                waiter.answer.complete(page);
                return;
            }
            waiters.add(waiter);
            // What came between our look and our joining has either raised "newest", or is found by the loop's next look.
            if (newest > waiter.after && newest != before && waiters.remove(waiter)) {
                serve(waiter);
            } else if (stopping) {
                giveUp(waiter);
            }
        } catch (RuntimeException e) {
            waiter.answer.completeExceptionally(e);
        }
    }

    private boolean isOver(Waiter waiter) {
        return stopping || System.nanoTime() - waiter.deadlineNanos >= 0;
    }

    private void giveUp(Waiter waiter) {
        if (waiters.remove(waiter)) {
            waiter.answer.complete(new EventPage(List.of(), waiter.after));
        }
    }

    private void look() {
        while (!stopping) {
            try {
                boolean told = news.tryAcquire(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
                news.drainPermits();
                if (stopping || !told && waiters.isEmpty()) {
                    continue;
                }
                // May fall, when the database is restored while we run.
                newest = store.number();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.warnf("The event feed cannot be read now, trying on: %s", e.getMessage());
            }
            for (Waiter waiter : new ArrayList<>(waiters)) {
                // Beyond the end stands who read it after we did, or before a restore: the next look tells which.
                if (waiter.after != newest) {
                    if (waiters.remove(waiter)) {
                        readers.execute(() -> serve(waiter));
                    }
                } else if (isOver(waiter)) {
                    giveUp(waiter);
                }
            }
        }
    }
}
