/**
 * API keys: made, listed, rotated, revoked and checked. Rules are plain Java in {@link dev.pocketagent.registry.key.KeyRules}. Only
 * digests are stored, and no secret ever reaches a log, an event or the audit trail. Depends on tenants,
 * plans and quotas.
 */
@NullMarked
package dev.pocketagent.registry.key;

import org.jspecify.annotations.NullMarked;
