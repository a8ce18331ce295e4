package dev.pocketagent.cli.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

class StallGuardTest {

    private final CountDownLatch closed = new CountDownLatch(1);
    private final InputStream stream = new InputStream() {
        @Override
        public int read() {
            return -1;
        }

        @Override
        public void close() {
            closed.countDown();
        }
    };

    @Test
    void closesAStreamThatBringsNothing() throws Exception {
        try (var _ = new StallGuard(stream, Duration.ofMillis(20))) {
            assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void leavesAStreamAloneThatMovesOrHasEnded() throws Exception {
        // Given
        try (var guard = new StallGuard(stream, Duration.ofSeconds(2))) {
            guard.moved();
        }
        // When
        boolean gone = closed.await(100, TimeUnit.MILLISECONDS);
        // Then
        assertThat(gone).isFalse();
    }
}
