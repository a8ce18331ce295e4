/**
 * Tenants and their life cycle. {@link dev.pocketagent.registry.tenant.TenantLifecycle} is the state machine, plain Java;
 * the rest stores and shows. Uses plans, audit and events; what else belongs to a tenant (keys, reservations) depends on
 * this package, never the other way round.
 */
@NullMarked
package dev.pocketagent.registry.tenant;

import org.jspecify.annotations.NullMarked;
