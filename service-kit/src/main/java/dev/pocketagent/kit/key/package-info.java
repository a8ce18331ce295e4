/**
 * The API key as text: shape, checksum, digest. Plain Java without I/O, so that the command line can make and check keys
 * offline. Nothing here knows where keys are stored or what they may do.
 */
@NullMarked
package dev.pocketagent.kit.key;

import org.jspecify.annotations.NullMarked;
