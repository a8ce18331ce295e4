package dev.pocketagent.registry.audit;

import java.time.Instant;
import java.util.UUID;

/**
 * One row of the trail, as it is stored.
 *
 * @param seq place in the tenant's chain, from 1, without gaps
 * @param detail JSON, exactly as it was hashed
 */
public record AuditRow(UUID tenantId, long seq, Instant at, Actor actor, String action, String target, String detail,
        Hash previous, Hash hash) {}
