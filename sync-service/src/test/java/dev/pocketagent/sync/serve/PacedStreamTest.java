package dev.pocketagent.sync.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.Test;

import io.vertx.core.Context;
import io.vertx.core.Vertx;

class PacedStreamTest {

    @Test
    void aThreadDoesNotRunAheadOfTheEventLoop() throws Exception {
        // Given: an event loop that is busy
        Vertx vertx = Vertx.vertx();
        Context loop = vertx.getOrCreateContext();
        CountDownLatch busy = new CountDownLatch(1);
        loop.runOnContext(now -> awaitUninterruptibly(busy));
        byte[] content = new byte[5 * PacedStream.PIECE / 2];
        new Random(3).nextBytes(content);
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        PacedStream out = new PacedStream(written, loop);

        // When
        Thread writer = Thread.ofPlatform().daemon().start(() -> write(out, content));

        // Then
        await().atMost(Duration.ofSeconds(5)).until(() -> writer.getState() == Thread.State.WAITING
                || writer.getState() == Thread.State.TERMINATED);
        assertThat(written.size()).isEqualTo(PacedStream.PIECE);
        busy.countDown();
        assertThat(writer.join(Duration.ofSeconds(5))).isTrue();
        assertThat(written.toByteArray()).isEqualTo(content);
        vertx.close();
    }

    private static void write(PacedStream out, byte[] content) {
        try {
            out.write(content[0]);
            out.write(content, 1, content.length - 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
