/**
 * What a tenant may have, has, and is about to have: one row a tenant, in which every change is a conditional UPDATE, so that
 * no number of callers passes a limit. Knows the rows only, and the audit trail, which hears of claims that lapse; the
 * limits come from the tenant by a trigger in the database. Who asks and why is the callers' business.
 */
@NullMarked
package dev.pocketagent.registry.quota;

import org.jspecify.annotations.NullMarked;
