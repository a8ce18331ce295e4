package dev.pocketagent.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;

import org.junit.jupiter.api.Test;

import dev.pocketagent.cli.output.Terminal;

class ScreenTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Screen screen = new Screen(Terminal.of(out, new ByteArrayOutputStream(), false, false, 60), 12);

    private String shown() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void shouldShowAQuickStepOnOneLineWithItsTime() {
        // Given
        screen.begin(2, "Create a tenant", false);
        screen.detail("demo, plan team");

        // When
        screen.end(true, Duration.ofMillis(31));

        // Then
        assertThat(shown())
                .isEqualTo(" 2/12  Create a tenant " + ".".repeat(29) + " 31 ms ✓\n       demo, plan team\n");
        assertThat(shown().lines().findFirst().orElseThrow()).hasSize(60);
    }

    @Test
    void shouldBreakALongDetailIntoLinesInsteadOfCuttingIt() {
        // Given
        screen.begin(12, "Verify the audit trail", true);

        // When
        screen.detail("6 rows, hash chain intact: key.create, reservation.confirm, tenant.create");

        // Then
        assertThat(shown()).endsWith("       6 rows, hash chain intact: key.create,\n"
                + "       reservation.confirm, tenant.create\n");
    }

    @Test
    void shouldMarkAStepThatFailed() {
        // Given
        screen.begin(9, "Deploy it", true);

        // When
        screen.end(false, Duration.ofSeconds(3));

        // Then
        assertThat(shown()).isEqualTo(" 9/12  Deploy it\n       ✗ 3.0 s\n");
    }

    @Test
    void shouldWrapStreamedTextAndLoseNoWord() {
        var random = new Random(5);
        for (int round = 0; round < 200; round++) {
            // Given
            out.reset();
            var text = new StringBuilder();
            screen.begin(10, "Ask", true);
            for (int i = 0; i < 60; i++) {
                text.append("w".repeat(1 + random.nextInt(12))).append(i % 9 == 8 ? "\n" : " ");
            }

            // When
            for (int at = 0; at < text.length();) {
                int to = Math.min(text.length(), at + 1 + random.nextInt(7));
                screen.token(text.substring(at, to));
                at = to;
            }
            screen.end(true, Duration.ZERO);

            // Then
            String body = shown().lines().filter(line -> line.contains("│"))
                    .map(line -> line.substring(line.indexOf('│') + 2)).reduce("", (a, b) -> a + b);
            assertThat(shown().lines()).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(60));
            assertThat(shown().lines()).noneMatch(line -> line.endsWith(" "));
            assertThat(body.replaceAll("\\s", "")).isEqualTo(text.toString().replaceAll("\\s", ""));
        }
    }
}
