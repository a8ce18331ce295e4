/**
 * The bodies of requests: received on the event loop within a deadline and a share of the memory, so that no slow or greedy
 * sender holds a worker thread or the heap. How a body is read as JSON is not decided here.
 */
@NullMarked
package dev.pocketagent.kit.body;

import org.jspecify.annotations.NullMarked;
