/**
 * Commands on tenants, plans, quotas, keys, the audit trail, events, webhooks and the PocketBase bridge: one file a noun,
 * more where a verb is long. They speak to registry-service only, and leave its rules to it: what it refuses, it explains.
 */
@NullMarked
package dev.pocketagent.cli.registry;

import org.jspecify.annotations.NullMarked;
