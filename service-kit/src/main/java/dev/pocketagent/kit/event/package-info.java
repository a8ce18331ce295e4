/**
 * The consumer side of the registry's event feed: at least once, in order, with the cursor in the consumer's own
 * database. What to do with an event is each service's business, in its own EventHandler beans.
 */
@NullMarked
package dev.pocketagent.kit.event;

import org.jspecify.annotations.NullMarked;
