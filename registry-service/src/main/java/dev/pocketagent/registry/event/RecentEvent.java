package dev.pocketagent.registry.event;

import java.time.Instant;
import java.util.UUID;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;

/**
 * An event as it is shown to people.
 *
 * @param tenantId whom it is about; null for the platform
 * @param tenantSlug what it is called now; absent for the platform, and once it is purged
 */
@Schema(name = "RecentEvent", examples = """
        {"seq":42,"id":"01993c52-7f2a-7c1e-9a61-0f5a3f0c7d11","type":"tenant.suspended",
         "tenantId":"01993c52-1111-7c1e-9a61-0f5a3f0c7d11","tenantSlug":"acme","at":"2026-11-21T10:15:30.123456Z",
         "data":{"slug":"acme","state":"suspended","reason":"invoice 42 unpaid"}}""")
public record RecentEvent(long seq, UUID id, String type, @Nullable UUID tenantId,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String tenantSlug, Instant at,
        @Schema(implementation = Object.class, description = "What it tells; depends on the type") JsonNode data) {}
