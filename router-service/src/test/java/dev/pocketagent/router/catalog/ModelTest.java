package dev.pocketagent.router.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelTest {

    @ParameterizedTest
    @CsvSource({"gpt-4o:2500000:10000000:128000, gpt-4o, 2500000, 10000000, 128000",
            "gpt-4o:2500000:10000000, gpt-4o, 2500000, 10000000, 0", "llama3.2:3b:0:0, llama3.2:3b, 0, 0, 0",
            "qwen:7:1:2:8192, qwen:7, 1, 2, 8192", "a/b:c:1:2, a/b:c, 1, 2, 0"})
    void readsIdPricesAndWindow(String text, String id, long input, long output, long window) {
        // Given text

        // When
        var model = Model.parse("p", text);

        // Then
        assertThat(model).isEqualTo(new Model(id, "p", id, new Price(input, output), window));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-4o", "gpt-4o:1", "gpt-4o:1:x", ":1:2", "qwen:7:0:0", "gpt:-1:2", "gpt:1.5:2"})
    void saysWhatIsWrong(String text) {
        // Given text

        // When, Then
        assertThatThrownBy(() -> Model.parse("p", text)).isInstanceOf(IllegalArgumentException.class);
    }
}
