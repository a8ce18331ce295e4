package dev.pocketagent.registry.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Set;

import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.key.KeyKind;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.tenant.TenantState;

class KeyRulesTest {

    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");

    @Test
    void everyRoleHasAKindAndTenantRolesHaveTenantKinds() {
        for (String role : Roles.ALL) {
            assertThat(Set.of(KeyKind.TENANT, KeyKind.AGENT).contains(KeyRules.kind(role)))
                    .isEqualTo(Roles.OF_TENANTS.contains(role));
        }
        assertThatThrownBy(() -> KeyRules.kind("root")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void nobodyButAnOperatorManagesKeysAboveTheirOwn() {
        assertThat(KeyRules.manageable(Roles.OPERATOR)).isEqualTo(Roles.ALL);
        assertThat(KeyRules.manageable(Roles.TENANT_ADMIN)).isEqualTo(Roles.OF_TENANTS);
        assertThat(KeyRules.manageable(Roles.SERVICE)).containsExactly(Roles.AGENT);
        for (String role : Set.of(Roles.SUPPORT, Roles.AUDITOR, Roles.TENANT_DEVELOPER, Roles.AGENT)) {
            assertThat(KeyRules.manageable(role)).isEmpty();
        }
    }

    @Test
    void aKeyOpensUntilItExpiresIsRevokedOrItsTenantStops() {
        assertThat(KeyRules.refusal(false, null, null, NOW)).isNull();
        assertThat(KeyRules.refusal(false, NOW.plusNanos(1), TenantState.ACTIVE, NOW)).isNull();
        assertThat(KeyRules.refusal(false, NOW, TenantState.ACTIVE, NOW)).isEqualTo("expired");
        assertThat(KeyRules.refusal(false, null, TenantState.SUSPENDED, NOW)).isEqualTo("tenant_suspended");
        assertThat(KeyRules.refusal(false, null, TenantState.DELETING, NOW)).isEqualTo("tenant_deleted");
        assertThat(KeyRules.refusal(false, null, TenantState.DELETED, NOW)).isEqualTo("tenant_deleted");
    }

    @Test
    void revokedIsSaidBeforeExpiredAndBothBeforeTheTenantsState() {
        assertThat(KeyRules.refusal(true, NOW, TenantState.SUSPENDED, NOW)).isEqualTo("revoked");
        assertThat(KeyRules.refusal(false, NOW, TenantState.SUSPENDED, NOW)).isEqualTo("expired");
    }

    @Test
    void whatAKeyMakesEndsWithItAtTheLatest() {
        Instant soon = NOW.plusSeconds(60);
        Instant later = NOW.plusSeconds(3600);
        assertThat(KeyRules.end(null, null, null, NOW)).isNull();
        assertThat(KeyRules.end(null, later, null, NOW)).isEqualTo(later);
        assertThat(KeyRules.end(null, null, soon, NOW)).isEqualTo(soon);
        assertThat(KeyRules.end(null, later, soon, NOW)).isEqualTo(soon);
        assertThat(KeyRules.end(null, soon, later, NOW)).isEqualTo(soon);
        assertThat(KeyRules.end(later, soon, null, NOW)).isEqualTo(later);
        assertThat(KeyRules.end(soon, null, soon, NOW)).isEqualTo(soon);
        assertThatThrownBy(() -> KeyRules.end(soon.plusNanos(1000), null, soon, NOW))
                .isInstanceOf(ProblemException.class).hasMessageContaining("must not be after " + soon);
        assertThatThrownBy(() -> KeyRules.end(NOW, null, null, NOW)).isInstanceOf(ProblemException.class);
    }

    @Test
    void anOverlapEndsWhenItIsOverOrTheKeyWouldHave() {
        Duration hour = Duration.ofHours(1);
        assertThat(KeyRules.endOfOverlap(NOW, hour, null)).isEqualTo(NOW.plus(hour));
        assertThat(KeyRules.endOfOverlap(NOW, hour, NOW.plus(hour).plusNanos(1))).isEqualTo(NOW.plus(hour));
        assertThat(KeyRules.endOfOverlap(NOW, hour, NOW.plusSeconds(1))).isEqualTo(NOW.plusSeconds(1));
        assertThat(KeyRules.endOfOverlap(NOW, Duration.ZERO, NOW.plusSeconds(1))).isEqualTo(NOW);
    }
}
