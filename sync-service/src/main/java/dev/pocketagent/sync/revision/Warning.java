package dev.pocketagent.sync.revision;

/**
 * Something that was left out of a revision or looks wrong in it, without blocking it.
 *
 * @param code stable word for programs, such as {@code symlink-skipped}
 * @param path where it is, from the root of the tree
 * @param detail one sentence for people
 */
public record Warning(String code, String path, String detail) {}
