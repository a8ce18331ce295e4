package dev.pocketagent.registry.webhook;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;

import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.registry.event.Published;
import dev.pocketagent.registry.webhook.DeliveryQueue.Became;
import io.quarkus.runtime.ShutdownEvent;

/**
 * What runs in each replica: one loop that makes deliveries of events, one that hands due deliveries to a virtual thread
 * each, one that tidies up and counts. Everything that has to survive is in the database.
 */
@ApplicationScoped
class WebhookLoops {

    private static final Logger LOG = Logger.getLogger(WebhookLoops.class);
    private static final Duration TIDY_EVERY = Duration.ofSeconds(30);
    private static final int RESTS_PER_LOOK = 10;
    private static final Duration LONGEST_REST = Duration.ofSeconds(2);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    /** How long a stop waits for attempts under way before it cuts them. */
    private static final Duration LONGEST_STOP = Duration.ofSeconds(3);

    private final FanOut fanOut;
    private final DeliveryQueue queue;
    private final Sender sender;
    private final WebhookMetrics metrics;
    private final Clock clock;
    private final WebhookConfig config;
    private final Semaphore news = new Semaphore(0);
    private final Semaphore work = new Semaphore(0);
    private final Semaphore tidying = new Semaphore(0);
    private final Semaphore places;
    private final Set<Thread> attempts = ConcurrentHashMap.newKeySet();
    private final List<Thread> loops = new ArrayList<>();
    private volatile boolean stopping;

    @Inject
    WebhookLoops(FanOut fanOut, DeliveryQueue queue, Sender sender, WebhookMetrics metrics, Clock clock,
            WebhookConfig config) {
        this.fanOut = fanOut;
        this.queue = queue;
        this.sender = sender;
        this.metrics = metrics;
        this.clock = clock;
        this.config = config;
        this.places = new Semaphore(config.concurrency());
    }

    /** Fired inside this process when there is something to send at once: a test, a retry, a replay. */
    record Waiting() {}

    void start(@Observes Schema.Ready event) {
        if (config.enabled()) {
            start();
        }
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        stop();
    }

    void changed(@Observes(during = TransactionPhase.AFTER_SUCCESS) Published event) {
        news.release();
    }

    void waiting(@Observes(during = TransactionPhase.AFTER_SUCCESS) Waiting event) {
        work.release();
    }

    synchronized void start() {
        stopping = false;
        loops.add(Thread.ofVirtual().name("webhook-fan-out").start(() -> loop("make deliveries", this::fanOut)));
        loops.add(Thread.ofVirtual().name("webhook-send").start(() -> loop("send", this::send)));
        loops.add(Thread.ofVirtual().name("webhook-tidy").start(() -> loop("tidy up", this::tidy)));
    }

    synchronized void stop() throws InterruptedException {
        stopping = true;
        for (Semaphore sign : List.of(news, work, tidying)) {
            sign.release();
        }
        for (Thread loop : loops) {
            // An interrupt would break the connection that it may be using.
            if (!loop.join(LONGEST_STOP)) {
                loop.interrupt();
            }
        }
        loops.clear();
        if (places.tryAcquire(config.concurrency(), LONGEST_STOP.toMillis(), TimeUnit.MILLISECONDS)) {
            places.release(config.concurrency());
        }
        for (Thread attempt : attempts) {
            attempt.interrupt();
            attempt.join(LONGEST_STOP);
        }
    }

    private interface Step {
        void take() throws InterruptedException;
    }

    private void loop(String what, Step step) {
        while (!stopping) {
            try {
                try {
                    step.take();
                } catch (RuntimeException e) {
                    if (!stopping) {
                        LOG.warnf("Webhooks cannot %s now, trying on: %s", what, e.getMessage());
                        Thread.sleep(PAUSE);
                    }
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void fanOut() throws InterruptedException {
        int looked = fanOut.next();
        if (looked > 0) {
            work.release();
        }
        if (looked < FanOut.eventsAtOnce()) {
            await(news, config.poll());
        }
    }

    private void send() throws InterruptedException {
        long began = System.nanoTime();
        int free = places.availablePermits();
        List<Claimed> claimed = free == 0 ? List.of() : queue.claim(free);
        for (Claimed delivery : claimed) {
            places.acquire();
            Thread attempt = Thread.ofVirtual().name("webhook-attempt").unstarted(() -> attempt(delivery));
            attempts.add(attempt);
            attempt.start();
        }
        if (claimed.isEmpty()) {
            // A look for nothing that took long, because very many webhooks wait, may not keep the database busy.
            Duration rest = Duration.ofNanos((System.nanoTime() - began) * RESTS_PER_LOOK);
            if (rest.compareTo(config.poll()) > 0) {
                Thread.sleep(rest.compareTo(LONGEST_REST) > 0 ? LONGEST_REST : rest);
            }
            await(work, config.poll());
        }
    }

    private static void await(Semaphore sign, Duration longest) throws InterruptedException {
        if (sign.tryAcquire(longest.toMillis(), TimeUnit.MILLISECONDS)) {
            sign.drainPermits();
        }
    }

    private void attempt(Claimed delivery) {
        Instant began = clock.instant();
        try {
            Became became = queue.finish(delivery, verdict(delivery));
            metrics.attempted(became, Duration.between(began, clock.instant()));
            if (became == Became.DISABLED) {
                LOG.infof("Webhook %s is disabled: its endpoint is gone, or failed for too long", delivery.webhookId());
            }
        } catch (InterruptedException e) {
            queue.letGo(delivery);
        } catch (RuntimeException e) {
            // Its lease ends, and it is tried again.
            LOG.warnf("The end of %s is not written down: %s", delivery, e.getMessage());
        } finally {
            attempts.remove(Thread.currentThread());
            places.release();
            work.release();
        }
    }

    /** Also an error of ours is a failed attempt, so that the schedule bounds it. */
    private Verdict verdict(Claimed delivery) throws InterruptedException {
        try {
            return sender.send(delivery);
        } catch (RuntimeException e) {
            LOG.errorf(e, "Attempt of %s failed by an error of ours", delivery);
            return new Verdict.Failed(null, "an error of ours; it was logged", null);
        }
    }

    private void tidy() throws InterruptedException {
        metrics.queue(queue.count("pending"), queue.count("dead"));
        queue.giveUpOfDisabled();
        queue.prune();
        await(tidying, TIDY_EVERY);
    }
}
