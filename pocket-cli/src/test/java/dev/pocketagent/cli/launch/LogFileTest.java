package dev.pocketagent.cli.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFileTest {

    @TempDir
    private Path directory = Path.of("unset");

    @Test
    void shouldKeepThreeOldLogs() throws IOException {
        // Given
        Path log = directory.resolve("x.log");

        // When
        for (int i = 1; i <= 6; i++) {
            Files.writeString(log, "run " + i + "\n");
            LogFile.rotate(log);
        }

        // Then
        assertThat(log).doesNotExist();
        assertThat(directory.resolve("x.log.1")).hasContent("run 6");
        assertThat(directory.resolve("x.log.3")).hasContent("run 4");
        assertThat(directory.resolve("x.log.4")).doesNotExist();
    }

    @Test
    void shouldShowTheEndOfALongLogWithoutHalfLines() throws IOException {
        // Given
        Path log = directory.resolve("long.log");
        Files.writeString(log,
                IntStream.range(0, 100_000).mapToObj(i -> "line " + i).collect(Collectors.joining("\n")));

        // When
        var tail = LogFile.tail(log, 1_000_000);

        // Then
        assertThat(tail).hasSizeBetween(10_000, 30_000).allMatch(line -> line.startsWith("line "))
                .endsWith("line 99999");
        assertThat(LogFile.tail(log, 2)).containsExactly("line 99998", "line 99999");
        assertThat(LogFile.tail(directory.resolve("none"), 2)).isEmpty();
    }
}
