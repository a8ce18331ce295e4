/**
 * The work: a queue of operations in the database, the workers that take from it, and what one synchronisation does step by step. Whoever
 * wants a source looked at asks {@link dev.pocketagent.sync.job.Operations}; content is never served from here.
 */
@NullMarked
package dev.pocketagent.sync.job;

import org.jspecify.annotations.NullMarked;
