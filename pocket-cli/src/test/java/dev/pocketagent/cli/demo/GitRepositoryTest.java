package dev.pocketagent.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.pocketagent.cli.command.CliException;

/** With the real git. */
class GitRepositoryTest {

    @TempDir
    private Path directory = Path.of("unset");

    private GitRepository repository = new GitRepository(Path.of("unset"), Path.of("unset"));

    @BeforeEach
    void prepare() throws IOException {
        Path skill = Files.createDirectories(directory.resolve("example/skills/x"));
        Files.writeString(directory.resolve("example/README.md"), "hello");
        Path script = Files.writeString(skill.resolve("run.sh"), "#!/bin/sh\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        repository = new GitRepository(directory.resolve("wörk tree"), directory.resolve("bare repo.git"));
    }

    private String bare(String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("git", "-C", directory.resolve("bare repo.git").toString()));
        command.addAll(List.of(arguments));
        Process git = new ProcessBuilder(command).start();
        String text = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(git.waitFor()).isZero();
        return text;
    }

    @Test
    void shouldPushFilesWithTheirModes() throws Exception {
        // Given
        repository.ensure();
        int files = repository.copyFrom(directory.resolve("example"));

        // When
        String revision = repository.commitAndPush("first");

        // Then
        assertThat(files).isEqualTo(2);
        assertThat(bare("rev-parse", "refs/heads/main")).isEqualTo(revision);
        assertThat(bare("ls-tree", "-r", "main").lines()).anyMatch(line -> line.matches("100644 .*README.md"))
                .anyMatch(line -> line.matches("100755 .*skills/x/run.sh"));
        assertThat(repository.url()).startsWith("file:///").endsWith("/bare%20repo.git");
    }

    @Test
    void shouldWorkOnWhatIsThere() throws Exception {
        // Given
        repository.ensure();
        repository.copyFrom(directory.resolve("example"));
        String first = repository.commitAndPush("first");
        repository.ensure();
        repository.copyFrom(directory.resolve("example"));

        // When
        String unchanged = repository.commitAndPush("again");

        // Then
        assertThat(unchanged).isEqualTo(first);
        Files.writeString(repository.work().resolve("new"), "x");
        assertThat(repository.commitAndPush("changed")).isNotEqualTo(first);
        assertThat(bare("rev-list", "--count", "main")).isEqualTo("2");
    }

    @Test
    void shouldSayWhatToDoWhenGitRefuses() throws Exception {
        // Given
        repository.ensure();
        Files.writeString(repository.work().resolve("x"), "x");
        Files.delete(directory.resolve("bare repo.git/HEAD"));

        // When, Then
        assertThatThrownBy(() -> repository.commitAndPush("x")).isInstanceOf(CliException.class)
                .hasMessageContaining("git push failed");
    }
}
