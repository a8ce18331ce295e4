package dev.pocketagent.registry.audit;

import java.util.UUID;

/**
 * The end of a chain.
 *
 * @param seq of its last row; 0 for a chain without rows
 */
public record Head(long seq, Hash hash) {

    /** Of a chain without rows. */
    public static final Head NONE = new Head(0, Hash.ZERO);

    /** The end of a tenant's chain, as it was noted at some time. */
    record Noted(UUID tenantId, Head head) {}
}
