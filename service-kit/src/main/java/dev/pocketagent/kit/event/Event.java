package dev.pocketagent.kit.event;

import java.time.Instant;
import java.util.UUID;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Something that happened in the registry.
 *
 * @param seq place in the feed; grows, with gaps
 * @param type for example {@code tenant.suspended} or {@code key.revoked}
 * @param tenantId whom it is about; null for the platform
 */
public record Event(long seq, UUID id, String type, @Nullable UUID tenantId, Instant at,
        @Schema(implementation = Object.class, description = "What consumers need to act; depends on the type") JsonNode data) {}
