package dev.pocketagent.sync.git;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.TreeFormatter;

/** Writes files and folders of a local directory into a store. Nothing is visible before {@link #flush}. For one thread. */
public final class TreeWriter implements AutoCloseable {

    private final ObjectInserter inserter;

    /**
     * A name in a folder.
     *
     * @param name without slash
     * @param id id of the file's content, or of the folder's tree
     * @param kind what it is
     */
    public record Node(String name, String id, Kind kind) {

        /** What a name stands for. */
        public enum Kind {
            FILE(FileMode.REGULAR_FILE), EXECUTABLE(FileMode.EXECUTABLE_FILE), FOLDER(FileMode.TREE);

            private final FileMode mode;

            Kind(FileMode mode) {
                this.mode = mode;
            }
        }

        /** Git sorts by bytes, and a folder as if its name ended in a slash. */
        private byte[] sortKey() {
            return (kind == Kind.FOLDER ? name + "/" : name).getBytes(StandardCharsets.UTF_8);
        }
    }

    TreeWriter(FileRepository repository, boolean manyFiles) {
        // One pack for thousands of files; else each would be a file of its own, and its creation costs more than its content.
        this.inserter = manyFiles ? repository.getObjectDatabase().newPackInserter() : repository.newObjectInserter();
    }

    /** Adds the content of a file and answers its id. */
    public String file(byte[] content) throws IOException {
        return inserter.insert(Constants.OBJ_BLOB, content).name();
    }

    /** Adds a folder and answers its id. */
    public String folder(List<Node> nodes) throws IOException {
        TreeFormatter tree = new TreeFormatter();
        nodes.stream().sorted(Comparator.comparing(Node::sortKey, Arrays::compareUnsigned))
                .forEach(node -> tree.append(node.name(), node.kind().mode, ObjectId.fromString(node.id())));
        return inserter.insert(tree).name();
    }

    /** Makes everything that was added readable. */
    public void flush() throws IOException {
        inserter.flush();
    }

    @Override
    public void close() {
        inserter.close();
    }
}
