package dev.pocketagent.kit.auth;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * Remembers verdicts for a short time, asks once when many wait for the same key, and bridges a source that is away.
 *
 * <p>An eviction also spoils look-ups that are under way: an answer that was read before a revocation must not be
 * remembered after it.
 */
final class KeyCache {

    private record Entry(Verdict verdict, Instant at) {

        /** Still there, so that its key is known to have been good, and too old to be an answer. */
        Entry outdated() {
            return new Entry(verdict, Instant.EPOCH);
        }
    }

    private final KeySource source;
    private final Clock clock;
    private final Duration positiveTtl;
    private final Duration negativeTtl;
    private final Duration staleMax;
    private final int maxEntries;
    private final ConcurrentMap<String, Entry> entries = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, CompletableFuture<Verdict>> waiting = new ConcurrentHashMap<>();
    private final AtomicLong generation = new AtomicLong();

    KeyCache(KeySource source, Clock clock, Duration positiveTtl, Duration negativeTtl, Duration staleMax,
            int maxEntries) {
        this.source = source;
        this.clock = clock;
        this.positiveTtl = positiveTtl;
        this.negativeTtl = negativeTtl;
        this.staleMax = staleMax;
        this.maxEntries = maxEntries;
    }

    /** A fresh remembered verdict, or null when the source must be asked. */
    @Nullable
    Verdict peek(String digest) {
        Entry entry = entries.get(digest);
        if (entry == null) {
            return null;
        }
        Instant now = clock.instant();
        Duration ttl = entry.verdict instanceof Verdict.Valid ? positiveTtl : negativeTtl;
        return entry.at.plus(ttl).isAfter(now) ? unlessExpired(entry.verdict, now) : null;
    }

    /** Whether this was a good key when it was last looked up, however long ago: it is nobody's guess. */
    boolean wasValid(String digest) {
        Entry entry = entries.get(digest);
        return entry != null && entry.verdict instanceof Verdict.Valid;
    }

    CompletionStage<Verdict> verify(String digest) {
        Verdict known = peek(digest);
        if (known != null) {
            return CompletableFuture.completedStage(known);
        }
        CompletableFuture<Verdict> mine = new CompletableFuture<>();
        CompletableFuture<Verdict> first = waiting.putIfAbsent(digest, mine);
        if (first != null) {
            return first.copy();
        }
        long before = generation.get();
        ask(digest).whenComplete((answer, failure) -> {
            Verdict verdict = answer != null ? answer : new Verdict.Unavailable(String.valueOf(failure));
            if (verdict instanceof Verdict.Unavailable) {
                verdict = bridged(digest, verdict);
            } else if (before == generation.get()) {
                remember(digest, verdict);
            }
            waiting.remove(digest, mine);
            mine.complete(unlessExpired(verdict, clock.instant()));
        });
        return mine.copy();
    }

    /** A source that throws must not leave everybody waiting. */
    private CompletionStage<Verdict> ask(String digest) {
        try {
            return source.verify(digest);
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    void evictKey(UUID keyId) {
        evict(key -> key.keyId().equals(keyId));
    }

    void evictTenant(UUID tenantId) {
        evict(key -> tenantId.equals(key.tenantId()));
    }

    void evictAll() {
        evict(key -> true);
    }

    private void evict(Predicate<KeyInfo> which) {
        generation.incrementAndGet();
        // Refusals carry no key id or tenant (a resumed tenant's refusal would not be found), and live for seconds.
        entries.values().removeIf(entry -> !(entry.verdict instanceof Verdict.Valid));
        entries.replaceAll((digest, entry) -> entry.verdict instanceof Verdict.Valid valid && which.test(valid.key())
                ? entry.outdated()
                : entry);
    }

    private Verdict bridged(String digest, Verdict unavailable) {
        Entry last = entries.get(digest);
        if (last != null && last.verdict instanceof Verdict.Valid && last.at.plus(staleMax).isAfter(clock.instant())) {
            return last.verdict;
        }
        return unavailable;
    }

    private void remember(String digest, Verdict verdict) {
        if (entries.size() >= maxEntries) {
            Instant now = clock.instant();
            entries.values().removeIf(entry -> !entry.at
                    .plus(entry.verdict instanceof Verdict.Valid ? staleMax : negativeTtl).isAfter(now));
            if (entries.size() >= maxEntries) {
                // Full of live entries: somebody guesses keys. Refusals go first, so that real callers keep theirs.
                entries.values().removeIf(entry -> !(entry.verdict instanceof Verdict.Valid));
            }
            if (entries.size() >= maxEntries) {
                entries.clear();
            }
        }
        entries.put(digest, new Entry(verdict, clock.instant()));
    }

    private static Verdict unlessExpired(Verdict verdict, Instant now) {
        if (verdict instanceof Verdict.Valid(KeyInfo key)) {
            Instant end = key.expiresAt();
            if (end != null && !end.isAfter(now)) {
                return new Verdict.Invalid("expired");
            }
        }
        return verdict;
    }
}
