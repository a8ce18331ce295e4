package dev.pocketagent.router.usage;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;

import org.junit.jupiter.api.Test;

class TimeIdsTest {

    @Test
    void areVersion7AndOrderedByTime() {
        // Given
        var time = Instant.parse("2026-11-21T12:00:00.123Z");

        // When
        var id = TimeIds.at(time);

        // Then
        assertThat(id.version()).isEqualTo(7);
        assertThat(id.variant()).isEqualTo(2);
        assertThat(id.toString()).isGreaterThanOrEqualTo(TimeIds.first(time).toString())
                .isLessThan(TimeIds.first(time.plusMillis(1)).toString());
        assertThat(id.toString()).startsWith("%012x".formatted(time.toEpochMilli()).substring(0, 8));
    }
}
