/**
 * Tenants and their life cycle. {@link dev.pocketagent.registry.tenant.TenantLifecycle} is the state machine, plain Java;
 * {@link dev.pocketagent.registry.tenant.TenantChanges} makes every change, for the API, for the job that erases, and for
 * what keeps tenants in step with other systems. Uses plans, quotas, audit and events. What else belongs to a tenant (keys,
 * reservations) depends on this package, never the other way round, and hears of its end by {@link
 * dev.pocketagent.registry.tenant.TenantPurged}.
 */
@NullMarked
package dev.pocketagent.registry.tenant;

import org.jspecify.annotations.NullMarked;
