/**
 * The {@code pocket} command: it puts the nouns together, and turns whatever happens into an exit code. Everything else is
 * in the packages below, which do not know this one.
 */
@NullMarked
package dev.pocketagent.cli;

import org.jspecify.annotations.NullMarked;
