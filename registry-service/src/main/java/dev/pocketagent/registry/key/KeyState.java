package dev.pocketagent.registry.key;

import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.problem.ProblemException;

/** Whether a key opens anything, its tenant's state left aside. */
enum KeyState {
    ACTIVE, EXPIRED, REVOKED;

    /** @param expiresAt from when on it opens nothing; null for never */
    static KeyState of(boolean revoked, @Nullable Instant expiresAt, Instant now) {
        if (revoked) {
            return REVOKED;
        }
        return expiresAt != null && !expiresAt.isAfter(now) ? EXPIRED : ACTIVE;
    }

    /** As the API calls it. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The state that a list is asked for; null when it is not. A 400 problem for what is none. */
    static @Nullable KeyState asked(@Nullable String text) {
        if (text == null) {
            return null;
        }
        return Arrays.stream(values()).filter(state -> state.text().equals(text)).findFirst()
                .orElseThrow(() -> ProblemException.invalid("?state", "must be one of "
                        + Arrays.stream(values()).map(KeyState::text).collect(Collectors.joining(", "))));
    }
}
