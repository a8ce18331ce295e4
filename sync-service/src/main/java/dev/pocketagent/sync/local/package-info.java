/**
 * Local directories as sources: reading one into an immutable snapshot, and noticing changes with one watcher for all of them. Plain Java
 * on {@code sync.revision} and the store of {@code sync.git}. Links are never followed, and nothing below the directory is ever written.
 */
@NullMarked
package dev.pocketagent.sync.local;

import org.jspecify.annotations.NullMarked;
