package dev.pocketagent.kit.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OneLineTest {

    @ParameterizedTest
    @ValueSource(strings = {"", "Acme & Söhne", "日本 株式会社", "\uD83D\uDC68\u200D\uD83D\uDC69 family", "שלום"})
    void takesNamesOfAllLanguages(String text) {
        assertThat(text).matches(OneLine.REGEX);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\nb", "a\u0000", "\u009b31mred", "invoice\u202efdp", "a\u2067b", "a\u2028b", "a\ud800b"})
    void refusesWhatTerminalsObeyAndHalfCharacters(String text) {
        assertThat(text).doesNotMatch(OneLine.REGEX);
    }
}
