package dev.pocketagent.kit.registry;

import java.util.UUID;

import dev.pocketagent.kit.auth.PlanLimits;

/**
 * What the registry knows of a tenant that others act on.
 *
 * @param active false while it is suspended, being deleted, or erased
 * @param limits what it may have: its version of its plan, with limits of its own in their place
 */
public record TenantAccount(UUID id, String slug, boolean active, PlanLimits limits) {}
