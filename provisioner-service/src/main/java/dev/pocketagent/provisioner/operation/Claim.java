package dev.pocketagent.provisioner.operation;

import java.util.UUID;

/**
 * A worker's hold on an operation.
 *
 * @param fence every write names it; after somebody else claimed the operation it is worth nothing
 * @param attempt from 1
 */
record Claim(UUID id, UUID tenantId, UUID stackId, String kind, long fence, int attempt) {}
