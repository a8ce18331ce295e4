package dev.pocketagent.sync.git;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

import org.eclipse.jgit.errors.CorruptObjectException;
import org.eclipse.jgit.errors.IncorrectObjectTypeException;
import org.eclipse.jgit.errors.LargeObjectException;
import org.eclipse.jgit.errors.MissingObjectException;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectChecker;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;

import dev.pocketagent.sync.revision.PathRules;
import dev.pocketagent.sync.revision.RefusedException;
import dev.pocketagent.sync.revision.Snapshot;
import dev.pocketagent.sync.revision.SnapshotBuilder;
import dev.pocketagent.sync.revision.TreeCaps;

/**
 * Reads every tree below a tip byte by byte and checks it before anything is made of it. JGit's {@code fetch.fsckObjects} is silently
 * ignored, and its full check refuses shallow fetches ("peer did not supply a complete object graph"), so the trees that will be served
 * are checked here instead: raw names first, then JGit's own {@link ObjectChecker}, and every file must be present.
 */
final class TreeInspector {

    private static final int MAX_TREE_BYTES = 4 * 1024 * 1024;
    private static final int ID_BYTES = Constants.OBJECT_ID_LENGTH;

    private final ObjectReader reader;
    private final SnapshotBuilder builder;
    private final ObjectChecker checker = new ObjectChecker().setAllowLeadingZeroFileMode(true);

    TreeInspector(ObjectReader reader, TreeCaps caps) {
        this.reader = reader;
        this.builder = new SnapshotBuilder(caps);
    }

    Snapshot inspect(ObjectId tree) throws IOException, RefusedException {
        walk(tree, "", 0);
        return builder.build(tree.name());
    }

    private void walk(ObjectId tree, String path, int depth) throws IOException, RefusedException {
        SnapshotBuilder.Names names = builder.folder(path, depth);
        byte[] raw = read(tree, path);
        for (int at = 0; at < raw.length;) {
            int space = indexOf(raw, at, (byte) ' ');
            int end = space < 0 ? -1 : indexOf(raw, space + 1, (byte) 0);
            if (end < 0 || end + 1 + ID_BYTES > raw.length || space - at > 7) {
                throw malformed(path, "is cut");
            }
            String mode = new String(raw, at, space - at, StandardCharsets.US_ASCII);
            Optional<String> name = PathRules.decode(Arrays.copyOfRange(raw, space + 1, end));
            if (name.isEmpty()) {
                throw new RefusedException("not-utf8", path,
                        "The folder '" + path + "' holds a name that is not UTF-8.");
            }
            String entryPath = names.add(name.get());
            ObjectId id = ObjectId.fromRaw(raw, end + 1);
            switch (mode.replaceFirst("^0+", "")) {
                case "40000" -> walk(id, entryPath, depth + 1);
                case "100644", "100664" -> builder.file(entryPath, id.name(), false, size(id, entryPath));
                case "100755" -> builder.file(entryPath, id.name(), true, size(id, entryPath));
                case "120000" ->
                    builder.skip("symlink-skipped", entryPath, "Symbolic links are not followed and not published.");
                case "160000" -> builder.skip("submodule-skipped", entryPath, "Submodules are not fetched.");
                default -> throw malformed(path, "holds an entry of an unknown kind");
            }
            at = end + 1 + ID_BYTES;
        }
        try {
            checker.checkTree(tree, raw);
        } catch (CorruptObjectException corrupt) {
            throw malformed(path, "does not pass git's own check");
        }
    }

    private byte[] read(ObjectId tree, String path) throws IOException, RefusedException {
        try {
            return reader.open(tree, Constants.OBJ_TREE).getBytes(MAX_TREE_BYTES);
        } catch (LargeObjectException large) {
            throw new RefusedException("folder-too-large", path, "One folder has too many entries.");
        } catch (MissingObjectException | IncorrectObjectTypeException missing) {
            throw new RefusedException("incomplete", path,
                    "The remote did not send everything that this revision needs.");
        }
    }

    private long size(ObjectId blob, String path) throws IOException, RefusedException {
        try {
            return reader.getObjectSize(blob, Constants.OBJ_BLOB);
        } catch (MissingObjectException | IncorrectObjectTypeException missing) {
            throw new RefusedException("incomplete", path,
                    "The remote did not send everything that this revision needs.");
        }
    }

    private static RefusedException malformed(String path, String what) {
        return new RefusedException("malformed-tree", path, "The folder '" + path + "' " + what + ".");
    }

    private static int indexOf(byte[] raw, int from, byte wanted) {
        for (int i = from; i < raw.length; i++) {
            if (raw[i] == wanted) {
                return i;
            }
        }
        return -1;
    }
}
