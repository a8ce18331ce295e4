package dev.pocketagent.registry.key;

import java.time.Duration;
import java.time.Instant;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * How a key is rotated.
 *
 * @param overlapSeconds how long the old key goes on, at most until its own end; a day when left out, 0 revokes it at once
 * @param expiresAt when the new key ends; when left out, as the old one was to, or with the key that the call is made with
 */
@Schema(name = "Rotation", examples = "{\"overlapSeconds\":3600}")
public record Rotation(
        @Nullable @Min(value = 0, message = MESSAGE) @Max(value = 2_592_000, message = MESSAGE) Integer overlapSeconds,
        @Nullable Instant expiresAt) {

    static final Duration DEFAULT_OVERLAP = Duration.ofDays(1);
    private static final String MESSAGE = "must be from 0 (the old key ends at once) to 2592000 (30 days)";

    Duration overlap() {
        return overlapSeconds == null ? DEFAULT_OVERLAP : Duration.ofSeconds(overlapSeconds);
    }
}
