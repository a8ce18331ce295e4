/**
 * A stack's specification in the words of Compose: the form that people read in a plan, that bundles are written in and that hashes are
 * taken of. Plain Java; it decides nothing, since the specification is complete.
 */
@NullMarked
package dev.pocketagent.provisioner.compose;

import org.jspecify.annotations.NullMarked;
