package dev.pocketagent.kit.auth;

import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.KitConfig;
import dev.pocketagent.kit.key.ApiKey;

/** Checks bearer keys: shape first, then memory, then {@link KeySource}. Safe for any number of threads. */
@ApplicationScoped
public class KeyVerifier {

    private static final Verdict MALFORMED = new Verdict.Invalid("malformed");

    private final KeyCache cache;

    @Inject
    KeyVerifier(KeySource source, KitConfig config, Clock clock) {
        KitConfig.Auth auth = config.auth();
        this.cache = new KeyCache(source, clock, auth.positiveTtl(), auth.negativeTtl(), auth.staleMax(),
                auth.cacheSize());
    }

    /** Checks the text after {@code Bearer }. Completes on any thread; never completes exceptionally. */
    public CompletionStage<Verdict> verify(String text) {
        Optional<ApiKey> key = ApiKey.parse(text);
        return key.isEmpty() ? CompletableFuture.completedStage(MALFORMED) : cache.verify(key.get().sha256Hex());
    }

    /** The verdict when it is known without waiting (remembered, or malformed), else null: then call {@link #verify}. */
    public @Nullable Verdict peek(String text) {
        Optional<ApiKey> key = ApiKey.parse(text);
        return key.isEmpty() ? MALFORMED : cache.peek(key.get().sha256Hex());
    }

    /** Forgets a key, because it was revoked or changed. */
    public void evictKey(UUID keyId) {
        cache.evictKey(keyId);
    }

    /** Forgets all keys of a tenant, because its state or plan changed. */
    public void evictTenant(UUID tenantId) {
        cache.evictTenant(tenantId);
    }
}
