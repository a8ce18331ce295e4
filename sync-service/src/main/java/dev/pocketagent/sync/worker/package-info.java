/**
 * The threads that work: take operations from the queue of {@code sync.job}, synchronise one source step by step, watch local
 * directories, keep the schedule and tidy up. Uses every plain part; nothing uses it.
 */
@NullMarked
package dev.pocketagent.sync.worker;

import org.jspecify.annotations.NullMarked;
