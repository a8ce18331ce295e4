package dev.pocketagent.bench.load;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** One client process on kept-alive HTTP/1.1 connections. */
public final class Load implements AutoCloseable {

    private static final long MOST_MICROS = Duration.ofSeconds(60).toNanos() / 1000;
    private static final int DIGITS = 3;
    /** Beyond so many requests in flight the next is sent late; its time runs all the same. */
    private static final int MOST_IN_FLIGHT = 256;

    private final ExecutorService executor = Executors.newFixedThreadPool(2);
    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).executor(executor)
            .connectTimeout(Duration.ofSeconds(5)).build();
    private final Cpu cpu;

    public Load(Cpu cpu) {
        this.cpu = cpu;
    }

    private static final class Tally {
        private final Histogram micros = new ConcurrentHistogram(MOST_MICROS, DIGITS);
        private final Histogram lag = new ConcurrentHistogram(MOST_MICROS, DIGITS);
        private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();

        void record(Route route, long nanos, @Nullable HttpResponse<byte[]> answer, @Nullable Throwable failure) {
            micros.recordValue(Math.clamp(nanos / 1000, 0, MOST_MICROS));
            if (answer == null) {
                count(failure == null ? "no answer" : failure.getClass().getSimpleName());
            } else if (!route.good().test(answer)) {
                count("status " + answer.statusCode());
            }
        }

        private void count(String what) {
            failures.computeIfAbsent(what, _ -> new LongAdder()).increment();
        }

        Outcome outcome(long nanos, Cpu.Spent spent) {
            var all = new HashMap<String, Long>();
            failures.forEach((what, times) -> all.put(what, times.sum()));
            return new Outcome(micros, lag, all, nanos, spent);
        }
    }

    /**
     * Open loop: requests are sent at a steady rate, whether or not earlier ones are answered. Each one's time runs from
     * the moment at which it was due, so that a pause of the service counts for all the requests that fell into it: there
     * is no coordinated omission to correct afterwards.
     *
     * @param warmUp the same load before, which is not counted
     */
    public Outcome open(Route route, int perSecond, Duration warmUp, Duration measured) throws InterruptedException {
        open(route, perSecond, warmUp, 0);
        return open(route, perSecond, measured, warmUp.toMillis() * perSecond / 1000);
    }

    private Outcome open(Route route, int perSecond, Duration time, long first) throws InterruptedException {
        Tally tally = new Tally();
        long requests = time.toMillis() * perSecond / 1000;
        long interval = 1_000_000_000L / perSecond;
        var room = new Semaphore(MOST_IN_FLIGHT);
        Cpu.Spent before = cpu.now();
        long begin = System.nanoTime();
        for (long i = 0; i < requests; i++) {
            HttpRequest request = route.request().apply(first + i);
            long due = begin + i * interval;
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            room.acquire();
            tally.lag.recordValue(Math.clamp((System.nanoTime() - due) / 1000, 0, MOST_MICROS));
            http.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray()).whenComplete((answer, failure) -> {
                tally.record(route, System.nanoTime() - due, answer, failure);
                room.release();
            });
        }
        room.acquire(MOST_IN_FLIGHT);
        return tally.outcome(System.nanoTime() - begin, cpu.now().since(before));
    }

    /** Closed loop: every connection sends its next request when the one before is answered. Finds the most there is. */
    public Outcome closed(Route route, int connections, Duration warmUp, Duration measured) {
        var next = new AtomicLong();
        closed(route, connections, warmUp, next);
        return closed(route, connections, measured, next);
    }

    private Outcome closed(Route route, int connections, Duration time, AtomicLong next) {
        Tally tally = new Tally();
        Cpu.Spent before = cpu.now();
        long begin = System.nanoTime();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < connections; i++) {
                threads.execute(() -> {
                    while (System.nanoTime() - begin < time.toNanos()) {
                        one(route, next.getAndIncrement(), tally);
                    }
                });
            }
        }
        return tally.outcome(System.nanoTime() - begin, cpu.now().since(before));
    }

    private void one(Route route, long number, Tally tally) {
        long sent = System.nanoTime();
        try {
            HttpResponse<byte[]> answer = http.send(route.request().apply(number),
                    HttpResponse.BodyHandlers.ofByteArray());
            tally.record(route, System.nanoTime() - sent, answer, null);
        } catch (IOException e) {
            tally.record(route, System.nanoTime() - sent, null, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One request, and its answer. */
    public HttpResponse<byte[]> ask(HttpRequest request) throws IOException, InterruptedException {
        return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
    }

    @Override
    public void close() {
        http.close();
        executor.close();
    }
}
