/**
 * The audit trail: one hash chain a tenant, written in the transaction of the change it tells of; read, exported and checked
 * here. What a row says of a tenant is sealed with the tenant's data key, and the ends of the chains are noted outside of the
 * database. {@link dev.pocketagent.registry.audit.Chain}, {@link dev.pocketagent.registry.audit.ChainCheck}, {@link
 * dev.pocketagent.registry.audit.Csv} and {@link dev.pocketagent.registry.audit.HeadFiles} are plain Java. Every feature
 * writes here, so nothing here may know a feature.
 */
@NullMarked
package dev.pocketagent.registry.audit;

import org.jspecify.annotations.NullMarked;
