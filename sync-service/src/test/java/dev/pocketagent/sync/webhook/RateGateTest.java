package dev.pocketagent.sync.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;

class RateGateTest {

    private final AtomicLong nanos = new AtomicLong(5);

    @Test
    void aGateLetsABurstInAndThenOneAtATime() {
        // Given
        RateGate<String> gate = new RateGate<>(60, nanos::get);
        for (int i = 0; i < 60; i++) {
            assertThat(gate.admits("a")).isTrue();
        }

        // When / Then
        assertThat(gate.admits("a")).isFalse();
        assertThat(gate.admits("b")).isTrue();
        nanos.addAndGet(1_000_000_001L);
        assertThat(gate.admits("a")).isTrue();
        assertThat(gate.admits("a")).isFalse();
    }

    @Test
    void whatIsGivenBackDoesNotCount() {
        // Given
        RateGate<String> gate = new RateGate<>(2, nanos::get);
        gate.admits("a");
        gate.admits("a");

        // When
        gate.giveBack("a");

        // Then
        assertThat(gate.admits("a")).isTrue();
        assertThat(gate.admits("a")).isFalse();
    }

    @Test
    void nobodyHasMoreThanAMinutesWorth() {
        // Given
        RateGate<String> gate = new RateGate<>(2, nanos::get);
        gate.admits("a");

        // When
        nanos.addAndGet(3_600_000_000_000L);
        gate.giveBack("a");

        // Then
        assertThat(gate.admits("a")).isTrue();
        assertThat(gate.admits("a")).isTrue();
        assertThat(gate.admits("a")).isFalse();
    }
}
