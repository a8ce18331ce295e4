/**
 * Calls to registry-service: the only place that knows its address and our own service key. Timeouts, retries and the
 * circuit breaker live here, and its answers are turned into our words.
 */
@NullMarked
package dev.pocketagent.kit.registry;

import org.jspecify.annotations.NullMarked;
