package dev.pocketagent.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

    @ParameterizedTest
    @CsvSource({"0,0", "500ms,500", "30s,30000", "15m,900000", "15min,900000", "24h,86400000", "30d,2592000000",
            "2w,1209600000", "1d12h,129600000", "3 min 5 s,185000", "' 1h ',3600000"})
    void shouldReadWhatPeopleWrite(String text, long millis) {
        assertThat(Durations.parse(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "5", "h", "-1h", "1.5h", "1h5", "24H", "1y", "PT24H", "soon", "9999999999s"})
    void shouldSayWhatADurationLooksLike(String text) {
        assertThatThrownBy(() -> Durations.parse(text)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("\"" + text + "\" is no duration: write for example 30s, 15m, 24h, 30d or 2w");
    }

    @ParameterizedTest
    @ValueSource(strings = {"36526d", "999999999w"})
    void shouldRefuseALifetime(String text) {
        assertThatThrownBy(() -> Durations.parse(text)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("longer than 100 years");
    }

    @Test
    void shouldReadWhatItShows() {
        for (String text : List.of("31 ms", "3 min 5 s", "1 h 0 min", "2 d 4 h")) {
            assertThat(Durations.shown(Durations.parse(text))).isEqualTo(text);
        }
    }
}
