/** Measurements that need the launcher: how fast services start, and how fast the demo gets to its first token. */
@NullMarked
package dev.pocketagent.cli.bench;

import org.jspecify.annotations.NullMarked;
