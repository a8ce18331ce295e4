package dev.pocketagent.kit.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.KitConfig;
import dev.pocketagent.kit.key.ApiKey;
import dev.pocketagent.kit.key.KeyKind;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.vertx.core.net.SocketAddress;

class KeyVerifierTest {

    private static final SocketAddress HERE = SocketAddress.inetSocketAddress(4711, "192.0.2.1");
    private static final SocketAddress THERE = SocketAddress.inetSocketAddress(4711, "192.0.2.2");
    private static final UUID TENANT = UUID.randomUUID();

    private final TestClock clock = new TestClock();
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final Map<String, Verdict> known = new HashMap<>();
    private final List<String> asked = new ArrayList<>();
    private final KeyVerifier verifier = new KeyVerifier(this::lookUp, config(), clock, meters);

    private static KitConfig config() {
        return new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(KitConfig.class)
                .withDefaultValues(Map.of("pocket.db.user", "x", "quarkus.application.name", "toy-service")).build()
                .getConfigMapping(KitConfig.class);
    }

    private CompletionStage<Verdict> lookUp(String digest) {
        asked.add(digest);
        return CompletableFuture.completedStage(known.getOrDefault(digest, new Verdict.Invalid("unknown")));
    }

    private ApiKey known(String refusal) {
        ApiKey key = ApiKey.generate(KeyKind.TENANT);
        known.put(key.sha256Hex(), refusal.isEmpty()
                ? new Verdict.Valid(new KeyInfo(UUID.randomUUID(), KeyKind.TENANT, Roles.TENANT_ADMIN, Set.of(),
                        TENANT, "acme", "active", null, null))
                : new Verdict.Invalid(refusal));
        return key;
    }

    private Verdict verify(ApiKey key, SocketAddress from) {
        return verify(key.secret(), from);
    }

    private Verdict verify(String text, SocketAddress from) {
        Verdict peeked = verifier.peek(text, from);
        return peeked != null ? peeked : verifier.verify(text, from).toCompletableFuture().join();
    }

    private void guess(int times) {
        for (int i = 0; i < times; i++) {
            verify(ApiKey.generate(KeyKind.TENANT), HERE);
        }
    }

    private double count(String name, String... tags) {
        return meters.get(name).tags(tags).counter().count();
    }

    @Test
    void afterSixtyGuessesNobodyIsAskedForThatAddressAnyMoreAndOthersAreServed() {
        // Given
        guess(60);
        assertThat(asked).hasSize(60);
        // When
        Verdict next = verify(ApiKey.generate(KeyKind.AGENT), HERE);
        // Then
        assertThat(next).isEqualTo(new Verdict.Limited(Duration.ofSeconds(1)));
        assertThat(verify("nonsense", HERE)).isInstanceOf(Verdict.Limited.class);
        assertThat(verify(known(""), HERE)).as("new here, so it cannot be told from a guess")
                .isInstanceOf(Verdict.Limited.class);
        assertThat(asked).hasSize(60);
        assertThat(verify(known(""), THERE)).isInstanceOf(Verdict.Valid.class);
        clock.later(Duration.ofSeconds(1));
        assertThat(verify(known(""), HERE)).isInstanceOf(Verdict.Valid.class);
        assertThat(count("pocket.auth.failures", "reason", "unknown")).isEqualTo(60);
        assertThat(count("pocket.auth.blocked")).isEqualTo(3);
    }

    @Test
    void aKeyThatWasGoodGoesOnHoweverLongAgoThatWasAndAfterItsTenantChanged() {
        // Given
        ApiKey key = known("");
        verify(key, HERE);
        guess(60);
        assertThat(verify(key, HERE)).isInstanceOf(Verdict.Valid.class);
        // When
        clock.later(Duration.ofSeconds(31));
        guess(60);
        verifier.evictTenant(TENANT);
        // Then
        assertThat(verifier.peek(key.secret(), HERE)).as("too old to be believed").isNull();
        assertThat(verify(key, HERE)).isInstanceOf(Verdict.Valid.class);
        known.put(key.sha256Hex(), new Verdict.Invalid("revoked"));
        verifier.evictTenant(TENANT);
        assertThat(verify(key, HERE)).isEqualTo(new Verdict.Invalid("revoked"));
        assertThat(verify(key, HERE)).isInstanceOf(Verdict.Limited.class);
    }

    @Test
    void thePlatformsOwnKeysAreAlwaysLookedUp() {
        ApiKey key = known("");
        verifier.neverLimit(key.sha256Hex());
        guess(200);
        assertThat(verify(key, HERE)).isInstanceOf(Verdict.Valid.class);
    }

    @Test
    void everyKindOfBadKeyCountsAndASuspendedTenantsDoesNot() {
        for (String refusal : List.of("revoked", "expired", "unknown")) {
            verify(known(refusal), HERE);
            assertThat(count("pocket.auth.failures", "reason", refusal)).isEqualTo(1);
        }
        verify("nonsense", HERE);
        assertThat(count("pocket.auth.failures", "reason", "malformed")).isEqualTo(1);
        ApiKey suspended = known(Verdict.Invalid.TENANT_SUSPENDED);
        for (int i = 0; i < 100; i++) {
            verify(suspended, HERE);
        }
        assertThat(verify(ApiKey.generate(KeyKind.AGENT), HERE)).isEqualTo(new Verdict.Invalid("unknown"));
    }

    @Test
    void theSameBadKeyCountsEachTimeAlthoughItIsRemembered() {
        ApiKey bad = ApiKey.generate(KeyKind.AGENT);
        for (int i = 0; i < 60; i++) {
            assertThat(verify(bad, HERE)).isInstanceOf(Verdict.Invalid.class);
        }
        assertThat(asked).hasSize(1);
        assertThat(verify(bad, HERE)).isInstanceOf(Verdict.Limited.class);
    }
}
