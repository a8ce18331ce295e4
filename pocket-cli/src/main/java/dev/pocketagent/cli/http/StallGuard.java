package dev.pocketagent.cli.http;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * Closes a stream that has brought nothing for a while, so that whoever reads it gets an {@link IOException}: the JDK's HTTP
 * client has a time limit for the head of an answer, and none for its body.
 */
final class StallGuard implements AutoCloseable {

    private final Thread watcher;
    private volatile long movedAt = System.nanoTime();

    /** @param longest without a byte */
    StallGuard(InputStream stream, Duration longest) {
        watcher = Thread.ofVirtual().name("stall-guard").start(() -> watch(stream, longest));
    }

    /** Something came. */
    void moved() {
        movedAt = System.nanoTime();
    }

    @Override
    public void close() {
        watcher.interrupt();
    }

    private void watch(InputStream stream, Duration longest) {
        try {
            for (long left = longest.toNanos(); left > 0; left = longest.toNanos() - (System.nanoTime() - movedAt)) {
                Thread.sleep(Duration.ofNanos(left));
            }
            stream.close();
        } catch (InterruptedException | IOException e) {
            // Either everything has come, or the stream is closed already.
        }
    }
}
