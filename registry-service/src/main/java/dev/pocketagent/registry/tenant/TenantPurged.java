package dev.pocketagent.registry.tenant;

import java.util.UUID;

/**
 * Fired inside the transaction that erases a tenant, for the features that hold data of it: what they do not delete then is
 * never deleted. Their failure is the purge's failure. They take their locks in the order keys, quota, audit.
 */
public record TenantPurged(UUID tenantId) {}
