package dev.pocketagent.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;

class DurationsTest {

    @Test
    void shouldReadLikeAPersonWouldSayIt() {
        // Given
        List<Long> millis = List.of(-5L, 0L, 999L, 1000L, 59_999L, 60_000L, 3_599_000L, 3_600_000L, 90_000_000L);

        // When
        List<String> shown = millis.stream().map(each -> Durations.shown(Duration.ofMillis(each))).toList();

        // Then
        assertThat(shown).containsExactly("0 ms", "0 ms", "999 ms", "1.0 s", "59.9 s", "1 min 0 s", "59 min 59 s",
                "1 h 0 min",
                "1 d 1 h");
    }
}
