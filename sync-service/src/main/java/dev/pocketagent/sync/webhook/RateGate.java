package dev.pocketagent.sync.webhook;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;

/** Limits how many deliveries one webhook takes: a bucket that holds a minute's worth and fills evenly. Safe for several threads. */
final class RateGate {

    private static final int MOST = 10_000;

    private final double perNano;
    private final double full;
    private final LongSupplier nanoTime;
    private final Map<UUID, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true);

    private record Bucket(double tokens, long atNanos) {}

    RateGate(int perMinute, LongSupplier nanoTime) {
        this.full = perMinute;
        this.perNano = perMinute / 60e9;
        this.nanoTime = nanoTime;
    }

    /** Whether one more delivery is let in now. */
    synchronized boolean admits(UUID source) {
        long now = nanoTime.getAsLong();
        Bucket bucket = buckets.getOrDefault(source, new Bucket(full, now));
        double tokens = Math.min(full, bucket.tokens() + (now - bucket.atNanos()) * perNano);
        boolean admitted = tokens >= 1;
        buckets.put(source, new Bucket(admitted ? tokens - 1 : tokens, now));
        if (buckets.size() > MOST) {
            buckets.remove(buckets.keySet().iterator().next());
        }
        return admitted;
    }
}
