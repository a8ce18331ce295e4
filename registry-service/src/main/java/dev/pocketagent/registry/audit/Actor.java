package dev.pocketagent.registry.audit;

import java.util.UUID;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.auth.Caller;

/**
 * Who makes a change.
 *
 * @param keyId the key that was shown; null for the platform itself
 * @param role the key's role, or {@code system}
 */
public record Actor(@Nullable UUID keyId, String role) {

    /** The platform itself, for example while it starts. */
    public static final Actor SYSTEM = new Actor(null, "system");

    /** Who made the present request. */
    public static Actor of(Caller caller) {
        return new Actor(caller.keyId(), caller.role());
    }
}
