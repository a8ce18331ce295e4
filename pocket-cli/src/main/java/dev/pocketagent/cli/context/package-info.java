/** Commands on context sources. They speak to sync-service only. */
@NullMarked
package dev.pocketagent.cli.context;

import org.jspecify.annotations.NullMarked;
