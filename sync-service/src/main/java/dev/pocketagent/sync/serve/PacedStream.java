package dev.pocketagent.sync.serve;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

import io.vertx.core.Context;

/**
 * Writes no faster than the connection takes it. The framework's stream waits while the connection has enough to send, but what it writes
 * counts there only when the event loop has come to it: a thread that is faster than the loop queued the whole of a large body (one in
 * twelve of 6 MiB on a busy machine).
 */
final class PacedStream extends OutputStream {

    /** Written between two looks at the loop. */
    static final int PIECE = 64 * 1024;

    private final OutputStream out;
    private final Context loop;
    private int unseen;

    /** @param loop the event loop of the connection that the stream writes to */
    PacedStream(OutputStream out, Context loop) {
        this.out = out;
        this.loop = loop;
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[]{(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        for (int done = 0; done < length;) {
            if (unseen == PIECE) {
                letTheLoopCatchUp();
                unseen = 0;
            }
            int some = Math.min(length - done, PIECE - unseen);
            out.write(bytes, offset + done, some);
            unseen += some;
            done += some;
        }
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }

    /** What was written before is before this in the queue of the loop. */
    private void letTheLoopCatchUp() throws IOException {
        CompletableFuture<Void> seen = new CompletableFuture<>();
        loop.runOnContext(now -> seen.complete(null));
        try {
            seen.get();
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the connection was waited for");
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
