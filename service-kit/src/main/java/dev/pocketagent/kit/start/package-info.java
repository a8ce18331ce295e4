/** How a service's process begins: see {@link dev.pocketagent.kit.start.Main}. */
@NullMarked
package dev.pocketagent.kit.start;

import org.jspecify.annotations.NullMarked;
