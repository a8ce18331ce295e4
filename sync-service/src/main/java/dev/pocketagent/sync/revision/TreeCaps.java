package dev.pocketagent.sync.revision;

/**
 * How large a tree may be. A git tree of 132 kB can name 10^10 paths, so the walk stops at the first cap it passes.
 *
 * @param files most files
 * @param folders most folders
 * @param depth most folders inside each other
 * @param fileBytes most bytes of one file
 * @param totalBytes most bytes of all files together
 */
public record TreeCaps(int files, int folders, int depth, long fileBytes, long totalBytes) {

    public TreeCaps {
        if (files < 1 || folders < 1 || depth < 1 || fileBytes < 1 || totalBytes < 1) {
            throw new IllegalArgumentException("caps of a tree are positive");
        }
    }
}
