package dev.pocketagent.sync.git;

import java.time.Instant;

/**
 * One commit of a remote, as far as revisions need it.
 *
 * @param id commit id, 40 hex digits
 * @param treeId id of its tree
 * @param committedAt when it was committed, as its author's machine says
 * @param subject first line of its message, at most 200 characters, without control characters
 */
public record Commit(String id, String treeId, Instant committedAt, String subject) {}
