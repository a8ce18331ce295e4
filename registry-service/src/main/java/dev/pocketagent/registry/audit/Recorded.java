package dev.pocketagent.registry.audit;

import java.time.Instant;
import java.util.UUID;

/**
 * Proof that a change is in the trail of its tenant, and that this transaction holds the tenant's place in line until it
 * ends. Whoever tells others of the change asks for this first.
 *
 * @param tenantId whom the change is about; {@link AuditLog#PLATFORM} for the platform
 * @param at when it was recorded, in microseconds
 */
public record Recorded(UUID tenantId, long seq, Instant at) {}
