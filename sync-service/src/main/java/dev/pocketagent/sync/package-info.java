/**
 * sync-service ("Brain Trust"): keeps the context and skills of agents in step with a git repository or a local directory and serves
 * them. Each feature has its package; {@code revision}, {@code skill}, {@code publish}, {@code git} and {@code local} are plain Java and
 * know neither Quarkus nor the database. Only what starts and configures the service lives here.
 */
@NullMarked
package dev.pocketagent.sync;

import org.jspecify.annotations.NullMarked;
