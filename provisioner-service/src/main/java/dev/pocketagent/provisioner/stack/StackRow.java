package dev.pocketagent.provisioner.stack;

import java.time.Instant;
import java.util.UUID;

import dev.pocketagent.kit.quota.Amounts;
import dev.pocketagent.provisioner.backend.StackId;
import dev.pocketagent.provisioner.tree.Tree;

/**
 * A stack's desired state as it is stored.
 *
 * @param parameters with defaults, without secrets
 * @param volumes named ones
 * @param desired {@code running}, {@code stopped} or {@code deleted}
 * @param state what the last operation made of it
 */
record StackRow(UUID id, UUID tenantId, String tenantSlug, String name, String template, int templateVersion,
        String backend,
        Tree.Fields parameters, int cpuMillis, int memoryMib, int volumes, long revision, String specHash,
        String desired,
        boolean suspended,
        String state, long version, Instant createdAt, Instant updatedAt) {

    /** What it takes of its tenant's quota. */
    Amounts amounts() {
        return StackHolders.amounts(cpuMillis, memoryMib, volumes);
    }

    StackId stackId() {
        return new StackId(tenantId, tenantSlug, id, name);
    }
}
