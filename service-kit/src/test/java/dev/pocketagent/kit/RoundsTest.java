package dev.pocketagent.kit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.jboss.logging.Logger;
import org.junit.jupiter.api.Test;

class RoundsTest {

    private final BlockingQueue<Integer> rounds = new LinkedBlockingQueue<>();
    private final AtomicInteger count = new AtomicInteger();

    private static Rounds every(Duration pause) {
        return new Rounds(Logger.getLogger(RoundsTest.class), "test", pause, "Nothing is done now");
    }

    private void round() {
        int number = count.incrementAndGet();
        rounds.add(number);
        if (number == 1) {
            throw new IllegalStateException("the first one fails");
        }
    }

    @Test
    void beginsAtOnceAndGoesOnAfterARoundThatFails() throws Exception {
        // Given
        Rounds work = every(Duration.ofMillis(10));
        // When
        work.start(this::round);
        // Then
        for (int number = 1; number <= 3; number++) {
            assertThat(rounds.poll(10, TimeUnit.SECONDS)).isEqualTo(number);
        }
        work.stop();
    }

    @Test
    void comesSoonWhenItIsCalledAndNotAgainWhenItIsStopped() throws Exception {
        // Given
        Rounds work = every(Duration.ofHours(1));
        work.start(this::round);
        assertThat(rounds.poll(10, TimeUnit.SECONDS)).isEqualTo(1);
        // When
        work.soon();
        // Then
        assertThat(rounds.poll(10, TimeUnit.SECONDS)).isEqualTo(2);
        assertThat(work.stopping()).isFalse();
        work.stop();
        work.soon();
        assertThat(work.stopping()).isTrue();
        assertThat(rounds.poll(200, TimeUnit.MILLISECONDS)).isNull();
    }
}
