package dev.pocketagent.cli.launch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import dev.pocketagent.cli.CommandTestBase;
import dev.pocketagent.cli.output.Json;

class StatusCommandTest extends CommandTestBase {

    @Test
    void shouldShowNothingRunningAndExitThree() {
        // When
        int exit = run("status", "-o", "json");

        // Then
        assertThat(exit).isEqualTo(3);
        assertThat(Json.read(out()).at("/parts")).hasSize(5)
                .allSatisfy(part -> assertThat(Json.text(part, "/state")).isEqualTo("stopped"));
        assertThat(directory.resolve("home")).doesNotExist();
    }
}
