package dev.pocketagent.sync.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

class TurnsTest {

    private static final UUID ONE = new UUID(0, 1);
    private static final UUID TWO = new UUID(0, 2);
    private static final UUID THREE = new UUID(0, 3);

    private final Turns turns = new Turns(2);
    private final AtomicInteger got = new AtomicInteger();

    @Test
    void whoeverIsSlowWaitsAlone() throws Exception {
        // Given
        Turns.Turn slow = turns.take(ONE);
        Thread second = waiting(ONE);
        Thread third = waiting(ONE);

        // When / Then
        Thread other = waiting(TWO);
        assertThat(other.join(Duration.ofSeconds(5))).isTrue();
        assertThat(got).hasValue(1);
        slow.close();
        assertThat(second.join(Duration.ofSeconds(5))).isTrue();
        assertThat(third.join(Duration.ofSeconds(5))).isTrue();
    }

    @Test
    void noMoreThanFewHaveATurn() throws Exception {
        // Given
        Turns.Turn one = turns.take(ONE);
        Turns.Turn two = turns.take(TWO);

        // When
        Thread three = waiting(THREE);

        // Then
        assertThat(got).hasValue(0);
        two.close();
        assertThat(three.join(Duration.ofSeconds(5))).isTrue();
        one.close();
    }

    /** A thread that takes a turn and ends it at once; it has the turn, has ended or waits when this returns. */
    private Thread waiting(UUID tenant) {
        Thread thread = Thread.ofPlatform().daemon().start(() -> {
            turns.take(tenant).close();
            got.incrementAndGet();
        });
        await().atMost(Duration.ofSeconds(5)).until(
                () -> thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TERMINATED);
        return thread;
    }
}
