package dev.pocketagent.provisioner.stack;

import java.time.Instant;
import java.util.UUID;

import dev.pocketagent.provisioner.backend.StackId;
import dev.pocketagent.provisioner.tree.Tree;

/**
 * A stack's desired state as it is stored.
 *
 * @param parameters with defaults, without secrets
 * @param desired {@code running}, {@code stopped} or {@code deleted}
 * @param state what the last operation made of it
 */
record StackRow(UUID id, UUID tenantId, String tenantSlug, String name, String template, int templateVersion,
        String backend,
        Tree.Fields parameters, int cpuMillis, int memoryMib, long revision, String specHash, String desired,
        boolean suspended,
        String state, long version, Instant createdAt, Instant updatedAt) {

    StackId stackId() {
        return new StackId(tenantId, tenantSlug, id, name);
    }
}
