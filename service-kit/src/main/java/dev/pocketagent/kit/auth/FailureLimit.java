package dev.pocketagent.kit.auth;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

import org.jspecify.annotations.Nullable;

/**
 * How many failed checks of keys one client network may cause: a token bucket each, of one minute's worth. A network that
 * has used it up waits until there is a token again.
 *
 * <p>Checks that were under way in parallel when the last token went are counted, too, below zero: a burst is paid back, so
 * that the average stays at the limit however many connections somebody opens. A network without failures has no bucket
 * and is never made to wait, however many keys it shows at once.
 */
final class FailureLimit {

    /** Half an hour at most, so that a network can recover from its burst within a time that people wait. */
    private static final int DEEPEST_MINUTES = 30;

    /** One failure. In whole units, of which a millisecond brings as many as failures are allowed a minute. */
    private static final long TOKEN = 60_000;

    private record Bucket(long level, long atMillis) {}

    private final Clock clock;
    private final int perMinute;
    private final int maxNetworks;
    private final ConcurrentMap<Long, Bucket> buckets = new ConcurrentHashMap<>();

    /** @param perMinute failures a minute and network; 0 for any number */
    FailureLimit(Clock clock, int perMinute, int maxNetworks) {
        if (perMinute < 0) {
            throw new IllegalArgumentException("pocket.auth.failures-per-minute must be 0 (off) or more");
        }
        this.clock = clock;
        this.perMinute = perMinute;
        this.maxNetworks = maxNetworks;
    }

    /** How long until keys from this network are looked up again, in milliseconds rounded up; null for at once. */
    @Nullable
    Duration mustWait(long network) {
        if (perMinute == 0) {
            return null;
        }
        Bucket bucket = buckets.get(network);
        if (bucket == null) {
            return null;
        }
        long lacking = TOKEN - filled(bucket, clock.millis());
        return lacking <= 0 ? null : Duration.ofMillis((lacking + perMinute - 1) / perMinute);
    }

    /**
     * Counts a failed check.
     *
     * @return whether this one used the network's last token
     */
    boolean failed(long network) {
        if (perMinute == 0) {
            return false;
        }
        makeRoom();
        long now = clock.millis();
        Bucket after = buckets.compute(network, (ignored, bucket) -> {
            long level = (bucket == null ? full() : filled(bucket, now)) - TOKEN;
            return new Bucket(Math.max(level, -DEEPEST_MINUTES * full()), now);
        });
        return after.level >= 0 && after.level < TOKEN;
    }

    /** How many networks are remembered now. */
    int networks() {
        return buckets.size();
    }

    private long full() {
        return perMinute * TOKEN;
    }

    private long filled(Bucket bucket, long now) {
        long passed = Math.clamp(now - bucket.atMillis, 0, (DEEPEST_MINUTES + 1) * TOKEN);
        return Math.min(full(), bucket.level + passed * perMinute);
    }

    /** Full buckets say nothing and go first. When none is, somebody has very many addresses: then all begin anew. */
    private void makeRoom() {
        if (buckets.size() < maxNetworks) {
            return;
        }
        long now = clock.millis();
        buckets.values().removeIf(bucket -> filled(bucket, now) >= full());
        // Room for a tenth at least, so that not each failure walks over all buckets.
        if (buckets.size() > maxNetworks - maxNetworks / 10) {
            buckets.clear();
        }
    }
}
