package dev.pocketagent.router.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonAnswerTest {

    @Test
    void readsReportedUsage() {
        // Given
        var body = bytes(
                "{\"choices\":[{\"message\":{\"content\":\"hi\",\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":9}}}],"
                        + "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}");

        // When
        var answer = JsonAnswer.read(body);

        // Then
        assertThat(answer).isNotNull();
        assertThat(answer.usage()).isEqualTo(new TokenUsage(3, 4));
    }

    @Test
    void estimatesFromTheTextWhenNoneIsReported() {
        // Given
        var body = bytes("{\"choices\":[{\"message\":{\"content\":\"" + "x".repeat(300) + "\"}}]}");

        // When
        var answer = JsonAnswer.read(body);

        // Then
        assertThat(answer).isNotNull();
        assertThat(answer.usage()).isNull();
        assertThat(answer.estimatedOutputTokens()).isEqualTo(100);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<html>", "[]", "{", "{} {}", "{\"a\":nul}"})
    void tellsWhatIsNoAnswer(String body) {
        // Given
        var bytes = bytes(body);

        // When
        var answer = JsonAnswer.read(bytes);

        // Then
        assertThat(answer).isNull();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
