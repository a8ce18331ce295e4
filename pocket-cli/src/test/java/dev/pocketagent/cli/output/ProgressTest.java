package dev.pocketagent.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;

class ProgressTest {

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private String shown() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void shouldWriteOneLineForEachChangeWhereThereIsNoTerminal() {
        // Given
        Progress progress = Progress.on(Terminal.of(new ByteArrayOutputStream(), err, false, false, 80));
        Progress.Row row = progress.row("registry");
        row.working("starting");
        row.working("starting");

        // When
        row.done("ready in 1.2 s");
        progress.close();

        // Then
        assertThat(shown()).isEqualTo("registry: starting ...\nregistry: ready in 1.2 s\n");
    }

    @Test
    void shouldRedrawInPlaceOnATerminal() throws Exception {
        // Given
        Progress progress = Progress.on(Terminal.of(new ByteArrayOutputStream(), err, true, false, 40));
        progress.row("a").working("starting");
        progress.row("longer").working("x".repeat(200));
        Thread.sleep(400);

        // When
        progress.close();

        // Then
        assertThat(shown()).contains("\u001b[2A");
        assertThat(shown().lines().map(line -> line.replaceAll("\u001b\\[[0-9;]*[A-Za-z]", "")))
                .allSatisfy(line -> assertThat(line.codePointCount(0, line.length())).isLessThanOrEqualTo(40));
    }

    @Test
    void shouldSayNothingAfterItsEnd() {
        // Given
        Progress progress = Progress.on(Terminal.of(new ByteArrayOutputStream(), err, false, false, 80));
        Progress.Row row = progress.row("late");
        progress.close();

        // When
        row.failed("too late");

        // Then
        assertThat(shown()).isEmpty();
    }
}
