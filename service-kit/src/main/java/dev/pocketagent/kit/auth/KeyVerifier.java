package dev.pocketagent.kit.auth;

import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.KitConfig;
import dev.pocketagent.kit.key.ApiKey;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import io.vertx.core.net.SocketAddress;

/**
 * Checks bearer keys: shape first, then memory, then {@link KeySource}. Who shows too many bad ones is made to wait before
 * anybody is asked again, while keys that were good go on. Safe for any number of threads.
 */
// From the start, so that its counters are there before the first request.
@Startup
@ApplicationScoped
public class KeyVerifier {

    private static final Logger LOG = Logger.getLogger(KeyVerifier.class);
    private static final Verdict.Invalid MALFORMED = new Verdict.Invalid("malformed");
    /** About 6 MiB of memory at most. */
    private static final int MAX_NETWORKS = 50_000;
    private static final Duration SAID_EVERY = Duration.ofMinutes(1);

    private final KeyCache cache;
    private final FailureLimit limit;
    private final int failuresPerMinute;
    private final Clock clock;
    private final Set<String> neverLimited = ConcurrentHashMap.newKeySet();
    private final Map<String, Counter> failures;
    private final Counter blocked;
    private final AtomicLong saidAtMillis = new AtomicLong(Long.MIN_VALUE / 2);

    @Inject
    KeyVerifier(KeySource source, KitConfig config, Clock clock, MeterRegistry meters) {
        this(source, config.auth(), clock, meters);
    }

    /** One that is wired by hand. */
    public KeyVerifier(KeySource source, KitConfig.Auth auth, Clock clock, MeterRegistry meters) {
        this.cache = new KeyCache(source, clock, auth.positiveTtl(), auth.negativeTtl(), auth.staleMax(),
                auth.cacheSize());
        this.failuresPerMinute = auth.failuresPerMinute();
        this.limit = new FailureLimit(clock, failuresPerMinute, MAX_NETWORKS);
        this.clock = clock;
        // A suspended tenant's key is no failure: it is real, and its owner is told so.
        this.failures = Stream.of("malformed", "unknown", "revoked", "expired").collect(Collectors.toMap(
                Function.identity(), reason -> Counter.builder("pocket.auth.failures")
                        .description("Requests with a key that is not valid").tag("reason", reason).register(meters)));
        this.blocked = Counter.builder("pocket.auth.blocked")
                .description("Requests refused unchecked, after too many bad keys from their address").register(meters);
    }

    /**
     * Checks the text after {@code Bearer }. Completes on any thread; never completes exceptionally.
     *
     * @param client where it came from; behind a proxy only right when Quarkus is told to believe the proxy
     */
    public CompletionStage<Verdict> verify(String text, @Nullable SocketAddress client) {
        Optional<ApiKey> key = ApiKey.parse(text);
        Verdict known = known(key, client);
        if (known != null) {
            return CompletableFuture.completedStage(known);
        }
        return cache.verify(key.orElseThrow().sha256Hex()).thenApply(verdict -> counted(verdict, client));
    }

    /**
     * The verdict when it is known without waiting (remembered, malformed, or made to wait), else null: then call
     * {@link #verify}.
     */
    public @Nullable Verdict peek(String text, @Nullable SocketAddress client) {
        return known(ApiKey.parse(text), client);
    }

    private @Nullable Verdict known(Optional<ApiKey> key, @Nullable SocketAddress client) {
        String digest = key.isEmpty() ? "" : key.get().sha256Hex();
        Verdict remembered = key.isEmpty() ? MALFORMED : cache.peek(digest);
        // What is good costs nothing more than this.
        if (remembered instanceof Verdict.Valid) {
            return remembered;
        }
        Duration wait = limit.mustWait(ClientNetwork.of(client));
        if (wait != null && !cache.wasValid(digest) && !neverLimited.contains(digest)) {
            blocked.increment();
            return new Verdict.Limited(wait);
        }
        return remembered == null ? null : counted(remembered, client);
    }

    private Verdict counted(Verdict verdict, @Nullable SocketAddress client) {
        if (verdict instanceof Verdict.Invalid(String code)) {
            Counter counter = failures.get(code);
            if (counter != null) {
                counter.increment();
                if (limit.failed(ClientNetwork.of(client))) {
                    say(client);
                }
            }
        }
        return verdict;
    }

    /** Once a minute at most, whoever it is: an attack must not fill the disk. */
    private void say(@Nullable SocketAddress client) {
        long now = clock.millis();
        long before = saidAtMillis.get();
        if (now - before >= SAID_EVERY.toMillis() && saidAtMillis.compareAndSet(before, now)) {
            LOG.warnf("More than %d keys a minute from %s are not valid; unknown keys from there have to wait",
                    failuresPerMinute, client == null ? "an unknown address" : client.hostAddress());
        }
    }

    /**
     * Always looks this key up, whatever else comes from its address: for keys that the platform itself stands on.
     *
     * @param sha256Hex of its text, 64 lower-case hex digits
     */
    public void neverLimit(String sha256Hex) {
        neverLimited.add(sha256Hex);
    }

    /** Forgets a key, because it was revoked or changed. */
    public void evictKey(UUID keyId) {
        cache.evictKey(keyId);
    }

    /** Forgets all keys, because it is not known which of them changed. */
    public void evictAll() {
        cache.evictAll();
    }

    /** Forgets all keys of a tenant, because its state or plan changed. */
    public void evictTenant(UUID tenantId) {
        cache.evictTenant(tenantId);
    }
}
