/**
 * Skills of a revision: Agent Skills ({@code SKILL.md} with front matter) and plain executables with a comment header, read and judged.
 * Plain Java on {@code sync.revision}. A finding warns and never blocks a revision; running a skill never comes in.
 */
@NullMarked
package dev.pocketagent.sync.skill;

import org.jspecify.annotations.NullMarked;
