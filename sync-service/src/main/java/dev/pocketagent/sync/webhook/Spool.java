package dev.pocketagent.sync.webhook;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

/**
 * Keeps a body until it is known to be genuine: a small one in memory, a large one in a file that is gone afterwards, so that nobody
 * fills the heap with deliveries that were never signed.
 */
final class Spool implements AutoCloseable {

    private static final int IN_MEMORY = 128 * 1024;

    private final ByteArrayOutputStream memory = new ByteArrayOutputStream();
    private @Nullable Path file;
    private @Nullable OutputStream out;

    void write(byte[] piece, int offset, int length) throws IOException {
        OutputStream open = out;
        if (open == null && memory.size() + length > IN_MEMORY) {
            Path spooled = Files.createTempFile("webhook-", ".body");
            file = spooled;
            open = Files.newOutputStream(spooled);
            out = open;
            memory.writeTo(open);
            memory.reset();
        }
        if (open == null) {
            memory.write(piece, offset, length);
        } else {
            open.write(piece, offset, length);
        }
    }

    /** The body from its beginning. */
    InputStream read() throws IOException {
        if (out != null) {
            out.close();
        }
        return file == null
                ? new ByteArrayInputStream(memory.toByteArray())
                : new BufferedInputStream(Files.newInputStream(file), 32 * 1024);
    }

    @Override
    public void close() throws IOException {
        if (out != null) {
            out.close();
        }
        if (file != null) {
            Files.deleteIfExists(file);
        }
    }
}
