package dev.pocketagent.sync.revision;

import java.io.IOException;
import java.io.OutputStream;

/** Where the content of a revision is read from: the store of a source, or a map in a test. */
public interface Blobs {

    /** The whole content of a file; it is at most as large as the cap of the tree it came from. */
    byte[] bytes(Entry entry) throws IOException;

    /** Copies the content of a file without holding it in memory. */
    default void copyTo(Entry entry, OutputStream out) throws IOException {
        out.write(bytes(entry));
    }
}
