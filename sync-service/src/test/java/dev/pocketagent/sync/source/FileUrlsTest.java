package dev.pocketagent.sync.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileUrlsTest {

    @TempDir
    Path directory;

    private Path root;
    private Path other;
    private FileUrls urls;

    @BeforeEach
    void twoRepositories() throws IOException {
        root = Files.createDirectories(directory.resolve("root"));
        Files.createDirectories(root.resolve("own.git"));
        other = Files.createDirectories(directory.resolve("other.git"));
        urls = new FileUrls(Optional.of(root));
    }

    private boolean allows(String path) {
        return urls.allows(URI.create("file://" + path));
    }

    @Test
    void allowsWhatIsBelowTheRoot() {
        assertThat(allows(root + "/own.git")).isTrue();
    }

    @Test
    void refusesWhatLiesOrLeadsElsewhere() throws IOException {
        Files.createSymbolicLink(root.resolve("link.git"), other);
        assertThat(allows(other.toString())).isFalse();
        assertThat(allows(root + "/../other.git")).isFalse();
        assertThat(allows(root + "/link.git")).isFalse();
        assertThat(allows("/proc/self/root" + other)).isFalse();
        assertThat(allows(root + "-not-this")).isFalse();
        assertThat(allows(root + "/missing.git")).isFalse();
    }

    @Test
    void refusesAllWithoutARoot() {
        assertThat(new FileUrls(Optional.empty()).allows(root.resolve("own.git").toUri())).isFalse();
    }
}
