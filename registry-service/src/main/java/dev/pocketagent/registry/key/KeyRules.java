package dev.pocketagent.registry.key;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.auth.Verdict;
import dev.pocketagent.kit.http.Times;
import dev.pocketagent.kit.key.KeyKind;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.tenant.TenantState;

/** What a key may be, who may make it, and when it opens something. */
final class KeyRules {

    private KeyRules() {}

    /** The kind that keys with this role have: it is written in their text. */
    static KeyKind kind(String role) {
        return switch (role) {
            case Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER -> KeyKind.TENANT;
            case Roles.AGENT -> KeyKind.AGENT;
            case Roles.SERVICE -> KeyKind.SERVICE;
            case Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR -> KeyKind.OPERATOR;
            default -> throw new IllegalArgumentException("No such role: " + role);
        };
    }

    /**
     * The roles that a caller may give to new keys, and whose keys it may rotate and revoke. An operator's own services may need
     * keys for agents, and nothing above that; the scopes of ours allow none.
     */
    static Set<String> manageable(String callerRole) {
        return switch (callerRole) {
            case Roles.OPERATOR -> Roles.ALL;
            case Roles.TENANT_ADMIN -> Roles.OF_TENANTS;
            case Roles.SERVICE -> Set.of(Roles.AGENT);
            default -> Set.of();
        };
    }

    /**
     * When a key ends that is made now: what a key makes does not outlive it.
     *
     * @param asked what was asked for; null for nothing
     * @param usual when it ends unless something was asked for; null for never
     * @param latest when the key ends that makes it, if that binds; null for never
     * @return null for never
     * @throws ProblemException 400 for an end that is over, that the database cannot keep, or that is behind {@code latest}
     */
    static @Nullable Instant end(@Nullable Instant asked, @Nullable Instant usual, @Nullable Instant latest,
            Instant now) {
        if (asked == null) {
            return latest == null || usual != null && usual.isBefore(latest) ? usual : latest;
        }
        if (!asked.isAfter(now)) {
            throw ProblemException.invalid("/expiresAt", "must be in the future");
        }
        Instant end = Times.within("/expiresAt", asked).truncatedTo(ChronoUnit.MICROS);
        if (latest != null && end.isAfter(latest)) {
            throw ProblemException.invalid("/expiresAt", "must not be after " + latest + ", when the key ends that this"
                    + " call is made with: leave it out, or use a key that lasts longer");
        }
        return end;
    }

    /**
     * When a key ends that another takes over from.
     *
     * @param overlap how long it may go on; zero ends it now
     * @param expiresAt when it would have ended anyway; null for never
     */
    static Instant endOfOverlap(Instant now, Duration overlap, @Nullable Instant expiresAt) {
        Instant end = now.plus(overlap);
        return expiresAt != null && expiresAt.isBefore(end) ? expiresAt : end;
    }

    /**
     * Why a key opens nothing now, as a code of {@link Verdict.Invalid}; null when it opens what its role allows.
     *
     * @param tenant state of its tenant; null for keys of the platform
     */
    static @Nullable String refusal(boolean revoked, @Nullable Instant expiresAt, @Nullable TenantState tenant,
            Instant now) {
        KeyState state = KeyState.of(revoked, expiresAt, now);
        if (state != KeyState.ACTIVE) {
            return state.text();
        }
        if (tenant == null) {
            return null;
        }
        return switch (tenant) {
            case ACTIVE -> null;
            case SUSPENDED -> Verdict.Invalid.TENANT_SUSPENDED;
            case DELETING, DELETED -> "tenant_deleted";
        };
    }
}
