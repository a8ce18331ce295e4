/**
 * The audit trail: one hash chain a tenant, written in the transaction of the change it tells of. {@link
 * dev.pocketagent.registry.audit.Chain} and {@link dev.pocketagent.registry.audit.ChainCheck} are plain arithmetic. Every
 * feature writes here, so nothing here may know a feature.
 */
@NullMarked
package dev.pocketagent.registry.audit;

import org.jspecify.annotations.NullMarked;
