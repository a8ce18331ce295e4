/**
 * The plans and their versions, which never change once they are there, and what a tenant's own limits make of them. Knows
 * the audit trail and the events and no other feature; who has which plan is the tenant's business, and what is used of it
 * the quota's.
 */
@NullMarked
package dev.pocketagent.registry.plan;

import org.jspecify.annotations.NullMarked;
