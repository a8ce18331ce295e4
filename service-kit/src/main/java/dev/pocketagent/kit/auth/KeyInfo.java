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
 * @param scopes what it may do of what its role may, as {@link Scope} and {@link Duties} name it; none for all of it
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

    /**
     * What {@code @RolesAllowed} sees of this key in a call: its role when its scopes open the call; else the duties at that
     * service that a service's key has; nothing when it has none there.
     */
    Set<String> rolesFor(Scope needed) {
        if (allows(needed)) {
            return Set.of(role);
        }
        return role.equals(Roles.SERVICE) ? Duties.at(needed, scopes) : Set.of();
    }
}
