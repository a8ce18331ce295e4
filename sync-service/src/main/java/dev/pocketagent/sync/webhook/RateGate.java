package dev.pocketagent.sync.webhook;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Limits how much is let in for each key: a bucket that holds a minute's worth and fills evenly. Safe for several threads.
 *
 * @param <K> what is limited, such as a source or a sender
 */
final class RateGate<K> {

    private static final int MOST = 10_000;

    private final double perNano;
    private final double full;
    private final LongSupplier nanoTime;
    private final Map<K, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true);

    private record Bucket(double tokens, long atNanos) {}

    RateGate(int perMinute, LongSupplier nanoTime) {
        this.full = perMinute;
        this.perNano = perMinute / 60e9;
        this.nanoTime = nanoTime;
    }

    /** Whether one more is let in now. */
    synchronized boolean admits(K key) {
        Bucket bucket = filled(key);
        boolean admitted = bucket.tokens() >= 1;
        buckets.put(key, admitted ? new Bucket(bucket.tokens() - 1, bucket.atNanos()) : bucket);
        if (buckets.size() > MOST) {
            buckets.remove(buckets.keySet().iterator().next());
        }
        return admitted;
    }

    /** What was let in does not count after all. */
    synchronized void giveBack(K key) {
        Bucket bucket = filled(key);
        buckets.replace(key, new Bucket(Math.min(full, bucket.tokens() + 1), bucket.atNanos()));
    }

    private Bucket filled(K key) {
        long now = nanoTime.getAsLong();
        Bucket bucket = buckets.getOrDefault(key, new Bucket(full, now));
        return new Bucket(Math.min(full, bucket.tokens() + (now - bucket.atNanos()) * perNano), now);
    }
}
