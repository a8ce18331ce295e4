package dev.pocketagent.sync.revision;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Collects a tree entry by entry and stops at the first rule or cap it breaks. Not safe for use by several threads.
 */
public final class SnapshotBuilder {

    /** More warnings than this are counted, not listed: a tree of 20,000 symlinks must not become 20,000 rows. */
    static final int LISTED_WARNINGS = 100;

    private final TreeCaps caps;
    private final List<Entry> entries = new ArrayList<>();
    private final List<Warning> warnings = new ArrayList<>();
    private int folders;
    private long totalBytes;
    private int unlistedWarnings;

    public SnapshotBuilder(TreeCaps caps) {
        this.caps = caps;
    }

    /** The names of one folder, so that no two of them are the same file on a case-insensitive disk. */
    public static final class Names {

        private final String folder;
        private final Set<String> folded = new HashSet<>();

        private Names(String folder) {
            this.folder = folder;
        }

        /**
         * Adds a name of this folder and answers its path from the root.
         *
         * @throws RefusedException when the name may not be used or collides with an earlier one
         */
        public String add(String name) throws RefusedException {
            String path = folder.isEmpty() ? name : folder + "/" + name;
            String broken = PathRules.brokenBy(name).orElse(null);
            if (broken == null && path.getBytes(StandardCharsets.UTF_8).length > PathRules.MAX_PATH_BYTES) {
                broken = "path-too-long";
            }
            if (broken != null) {
                throw new RefusedException(broken, folder,
                        "The folder '" + folder + "' holds a name that is not allowed.");
            }
            if (!folded.add(PathRules.fold(name))) {
                throw new RefusedException("case-collision", path,
                        "Two names in one folder differ only in case: they would be one file on some disks.");
            }
            return path;
        }
    }

    /**
     * Enters a folder.
     *
     * @param path path from the root; empty for the root itself
     * @param depth 0 for the root
     */
    public Names folder(String path, int depth) throws RefusedException {
        if (depth > caps.depth()) {
            throw new RefusedException("too-deep", path, "Folders are nested deeper than " + caps.depth() + ".");
        }
        if (++folders > caps.folders()) {
            throw new RefusedException("too-many-folders", path, "There are more than " + caps.folders() + " folders.");
        }
        return new Names(path);
    }

    /** Adds a file whose path came from {@link Names#add}. */
    public void file(String path, String blobId, boolean executable, long sizeBytes) throws RefusedException {
        if (entries.size() >= caps.files()) {
            throw new RefusedException("too-many-files", path, "There are more than " + caps.files() + " files.");
        }
        if (sizeBytes > caps.fileBytes()) {
            throw new RefusedException("file-too-large", path, "A file is larger than " + caps.fileBytes() + " bytes.");
        }
        totalBytes += sizeBytes;
        if (totalBytes > caps.totalBytes()) {
            throw new RefusedException("tree-too-large", path,
                    "All files together are larger than " + caps.totalBytes() + " bytes.");
        }
        entries.add(new Entry(path, blobId, executable, sizeBytes));
    }

    /** Leaves an entry out. */
    public void skip(String code, String path, String detail) {
        if (warnings.size() < LISTED_WARNINGS) {
            warnings.add(new Warning(code, path, detail));
        } else {
            unlistedWarnings++;
        }
    }

    public Snapshot build(String treeId) {
        if (unlistedWarnings > 0) {
            warnings.add(new Warning("more-warnings", "", unlistedWarnings + " more entries were left out."));
            unlistedWarnings = 0;
        }
        return new Snapshot(treeId, entries, warnings);
    }
}
