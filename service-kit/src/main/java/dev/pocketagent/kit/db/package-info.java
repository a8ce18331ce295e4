/**
 * The database side that all services share: migrating in the background, readiness, and the tenant of a transaction for
 * row-level security. No queries of any feature.
 */
@NullMarked
package dev.pocketagent.kit.db;

import org.jspecify.annotations.NullMarked;
