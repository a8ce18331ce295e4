package dev.pocketagent.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SizesTest {

    @ParameterizedTest
    @CsvSource({"0,0 B", "1023,1023 B", "1024,1.0 KiB", "1048575,1023.9 KiB", "1048576,1.0 MiB",
            "5368709120,5.0 GiB", "9895604649984,9.0 TiB"})
    void shouldRoundDown(long bytes, String shown) {
        assertThat(Sizes.shown(bytes)).isEqualTo(shown);
    }
}
