package dev.pocketagent.kit.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabasePasswordTest {

    @TempDir
    Path folder;

    @Test
    void aChangedFileCountsFromTheNextConnectionOn() throws IOException {
        // Given
        Path file = Files.writeString(folder.resolve("password"), "first\n");
        DatabasePassword password = new DatabasePassword("registry", Optional.of(file), Optional.of("ignored"));
        Map<String, String> before = password.getCredentials("");
        Files.writeString(file, "second\n");

        // When
        Map<String, String> after = password.getCredentials("");

        // Then
        assertThat(before).containsEntry("user", "registry").containsEntry("password", "first");
        assertThat(after).containsEntry("password", "second");
    }

    @Test
    void withoutAFileTheConfiguredPasswordCounts() {
        assertThat(new DatabasePassword("toy", Optional.empty(), Optional.of("given")).getCredentials(""))
                .containsEntry("password", "given");
    }

    @Test
    void aMissingFileIsNamed() {
        Path missing = folder.resolve("missing");
        DatabasePassword password = new DatabasePassword("registry", Optional.of(missing), Optional.empty());

        assertThatThrownBy(() -> password.getCredentials("")).hasMessageContaining(missing.toString())
                .hasMessageContaining("pocket.db.password-file");
    }
}
