/** Load on an HTTP service, and what it costs its processes. Knows no service. */
@NullMarked
package dev.pocketagent.bench.load;

import org.jspecify.annotations.NullMarked;
