package dev.pocketagent.sync.revision;

import java.util.regex.Pattern;

/**
 * One file of a revision.
 *
 * @param path path from the root of the tree, segments separated by {@code /}
 * @param blobId content hash (git blob id, 40 hex digits): equal ids mean equal bytes
 * @param executable whether the file carries the execute bit (git mode 100755); it survives publishing
 * @param sizeBytes length of the content
 */
public record Entry(String path, String blobId, boolean executable, long sizeBytes) {

    private static final Pattern ID = Pattern.compile("[0-9a-f]{40}");

    public Entry {
        if (path.isEmpty() || path.startsWith("/") || sizeBytes < 0 || !ID.matcher(blobId).matches()) {
            throw new IllegalArgumentException("not an entry of a tree: " + path);
        }
    }

    /** The last segment of the path. */
    public String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
