package dev.pocketagent.router.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;

class HealthTest {

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5); // nanoTime may overflow
    private final Health health = new Health(3, 100, now::get);

    @Test
    void isPassedOverAfterFailuresInARow() {
        // Given
        health.failed("connect");
        health.failed("connect");
        boolean before = health.healthy();

        // When
        health.failed("broken");

        // Then
        assertThat(before).isTrue();
        assertThat(health.healthy()).isFalse();
        assertThat(health.snapshot().lastFailure()).isEqualTo("broken");
    }

    @Test
    void aSuccessStartsTheCountAnew() {
        // Given
        health.failed("connect");
        health.failed("connect");
        health.succeeded();

        // When
        health.failed("connect");

        // Then
        assertThat(health.healthy()).isTrue();
        assertThat(health.snapshot().failuresInRow()).isEqualTo(1);
    }

    @Test
    void isTriedAgainAfterTheCooldownAndPassedOverAtTheNextFailure() {
        // Given
        for (int i = 0; i < 3; i++) {
            health.failed("connect");
        }
        now.addAndGet(99);
        boolean justBefore = health.healthy();
        now.addAndGet(1);
        boolean after = health.healthy();

        // When
        health.failed("connect");

        // Then
        assertThat(justBefore).isFalse();
        assertThat(after).isTrue();
        assertThat(health.healthy()).isFalse();
    }
}
