package dev.pocketagent.kit.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.key.KeyKind;

class KeyCacheTest {

    private static final UUID TENANT = UUID.randomUUID();

    private final List<String> asked = new ArrayList<>();
    private CompletionStage<Verdict> answer = CompletableFuture.completedStage(valid(null));
    private final TestClock clock = new TestClock();
    private final KeyCache cache = new KeyCache(digest -> {
        asked.add(digest);
        return answer;
    }, clock, Duration.ofSeconds(30), Duration.ofSeconds(5), Duration.ofMinutes(15), 100);

    private static Verdict.Valid valid(@Nullable Instant expiresAt) {
        return new Verdict.Valid(new KeyInfo(UUID.randomUUID(), KeyKind.TENANT, Roles.TENANT_ADMIN, Set.of(), TENANT,
                "acme", "active", null, expiresAt));
    }

    private Verdict verify(String digest) {
        return cache.verify(digest).toCompletableFuture().join();
    }

    private void later(Duration time) {
        clock.later(time);
    }

    @Test
    void acceptedKeysAreAskedAgainAfterThirtySecondsAndRefusedOnesAfterFive() {
        assertThat(verify("a")).isInstanceOf(Verdict.Valid.class);
        answer = CompletableFuture.completedStage(new Verdict.Invalid("unknown"));
        verify("b");
        later(Duration.ofSeconds(4));
        verify("a");
        verify("b");
        assertThat(asked).containsExactly("a", "b");
        later(Duration.ofSeconds(2));
        verify("b");
        assertThat(asked).containsExactly("a", "b", "b");
        later(Duration.ofSeconds(25));
        assertThat(verify("a")).isInstanceOf(Verdict.Invalid.class);
    }

    @Test
    void whileTheSourceIsAwayOnlyRememberedKeysGoOnAndOnlyForFifteenMinutes() {
        verify("a");
        answer = CompletableFuture.completedStage(new Verdict.Unavailable("away"));
        later(Duration.ofMinutes(14));
        assertThat(verify("a")).isInstanceOf(Verdict.Valid.class);
        assertThat(verify("b")).isInstanceOf(Verdict.Unavailable.class);
        later(Duration.ofMinutes(2));
        assertThat(verify("a")).isInstanceOf(Verdict.Unavailable.class);
    }

    @Test
    void manyWaitersCauseOneQuestion() {
        CompletableFuture<Verdict> pending = new CompletableFuture<>();
        answer = pending;
        List<CompletionStage<Verdict>> waiting = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            waiting.add(cache.verify("a"));
        }
        pending.complete(valid(null));
        assertThat(asked).hasSize(1);
        assertThat(waiting).allSatisfy(stage -> assertThat(stage.toCompletableFuture().join())
                .isInstanceOf(Verdict.Valid.class));
    }

    @Test
    void anAnswerThatWasUnderWayDuringARevocationIsNotRemembered() {
        CompletableFuture<Verdict> pending = new CompletableFuture<>();
        answer = pending;
        CompletionStage<Verdict> first = cache.verify("a");
        cache.evictTenant(TENANT);
        pending.complete(valid(null));
        assertThat(first.toCompletableFuture().join()).isInstanceOf(Verdict.Valid.class);
        assertThat(cache.peek("a")).isNull();
    }

    @Test
    void evictionHitsTheKeyAndTheTenantAndEveryRefusal() {
        Verdict.Valid known = valid(null);
        answer = CompletableFuture.completedStage(known);
        verify("a");
        answer = CompletableFuture.completedStage(new Verdict.Invalid(Verdict.Invalid.TENANT_SUSPENDED));
        verify("b");
        cache.evictKey(UUID.randomUUID());
        assertThat(cache.peek("a")).isNotNull();
        assertThat(cache.peek("b")).isNull();
        cache.evictKey(known.key().keyId());
        assertThat(cache.peek("a")).isNull();
        assertThat(cache.wasValid("a")).isTrue();
        assertThat(cache.wasValid("b")).isFalse();
        answer = CompletableFuture.completedStage(new Verdict.Unavailable("away"));
        assertThat(verify("a")).as("what was forgotten bridges nothing").isInstanceOf(Verdict.Unavailable.class);
    }

    @Test
    void aRememberedKeyStillEndsAtItsExpiry() {
        answer = CompletableFuture.completedStage(valid(clock.instant().plusSeconds(10)));
        assertThat(verify("a")).isInstanceOf(Verdict.Valid.class);
        later(Duration.ofSeconds(10));
        assertThat(cache.peek("a")).isEqualTo(new Verdict.Invalid("expired"));
    }

    @Test
    void guessingKeysDoesNotPushRealOnesOut() {
        verify("real");
        answer = CompletableFuture.completedStage(new Verdict.Invalid("unknown"));
        for (int i = 0; i < 1_000; i++) {
            verify("guess" + i);
        }
        assertThat(cache.peek("real")).isInstanceOf(Verdict.Valid.class);
    }

    @Test
    void aThrowingSourceLeavesNobodyWaiting() {
        KeyCache broken = new KeyCache(digest -> {
            throw new IllegalStateException("boom");
        }, Clock.systemUTC(), Duration.ofSeconds(30), Duration.ofSeconds(5), Duration.ofMinutes(15), 10);
        assertThat(broken.verify("a").toCompletableFuture().join()).isInstanceOf(Verdict.Unavailable.class);
        assertThat(broken.verify("a").toCompletableFuture().join()).isInstanceOf(Verdict.Unavailable.class);
    }
}
