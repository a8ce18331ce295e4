package dev.pocketagent.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import picocli.CommandLine.TypeConversionException;

class ConvertersTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-24T12:00:00Z"), ZoneOffset.UTC);

    @ParameterizedTest
    @CsvSource({"2026-11-21,2026-11-21T00:00:00Z", "2026-11-21T10:15:30Z,2026-11-21T10:15:30Z",
            "2026-11-21T10:15:30+02:00,2026-11-21T08:15:30Z", "24h,2026-11-23T12:00:00Z", "0,2026-11-24T12:00:00Z"})
    void shouldReadMoments(String text, Instant moment) {
        assertThat(Converters.moment(text, CLOCK)).isEqualTo(moment);
    }

    @ParameterizedTest
    @CsvSource({"90,PT1M30S", "90s,PT1M30S", "2m,PT2M", "1h,PT1H", "0,PT0S"})
    void shouldReadTimeoutsAlsoAsBareSeconds(String text, Duration timeout) {
        assertThat(new Converters.Timeout().convert(text)).isEqualTo(timeout);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "yesterday", "2026-13-01", "2026-11-21T10:15", "21.11.2026"})
    void shouldSayWhatAMomentLooksLike(String text) {
        assertThatThrownBy(() -> Converters.moment(text, CLOCK)).isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("is no moment").hasMessageContaining("2026-11-21T10:15:30Z")
                .hasMessageContaining("24h");
    }
}
