/**
 * Git through JGit: the bare store of each source, fetching into it, and checking a tree before anybody may see it. Plain Java; knows the
 * rules of {@code sync.revision} and JGit, and is the only package that does. A checkout, a hook, a filter, a submodule or a git
 * configuration that is not ours never comes in.
 */
@NullMarked
package dev.pocketagent.sync.git;

import org.jspecify.annotations.NullMarked;
