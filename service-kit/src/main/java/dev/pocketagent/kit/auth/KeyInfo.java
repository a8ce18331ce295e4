package dev.pocketagent.kit.auth;

import java.time.Instant;
import java.util.Set;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

import dev.pocketagent.kit.key.KeyKind;

/**
 * What is known of a valid key.
 *
 * @param role one of {@link Roles}
 * @param scopes what it may do of what its role may, as {@link Scope} names it; none for all of it
 * @param tenantId set for tenant and agent keys, null for operator and service keys; so are the other tenant fields
 * @param expiresAt when it ends; null for never
 */
// A registry that is newer than this service may tell more.
@JsonIgnoreProperties(ignoreUnknown = true)
public record KeyInfo(UUID keyId, KeyKind kind, String role, Set<String> scopes, @Nullable UUID tenantId,
        @Nullable String tenantSlug, @Nullable String tenantState, @Nullable PlanLimits plan,
        @Nullable Instant expiresAt) {

    public KeyInfo {
        scopes = Set.copyOf(scopes);
    }

    /** Whether its scopes, if it has any, open this. What its role allows is another question. */
    public boolean allows(Scope needed) {
        return needed.isIn(scopes);
    }
}
