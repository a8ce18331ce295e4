/**
 * The queue: operations as rows, asked for by whoever wants a source looked at, taken under a lease, followed over HTTP. How a source is
 * synchronised is the business of {@code sync.worker}; nothing here knows what a source is beyond its id.
 */
@NullMarked
package dev.pocketagent.sync.job;

import org.jspecify.annotations.NullMarked;
