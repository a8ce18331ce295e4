package dev.pocketagent.provisioner.bundle;

import static dev.pocketagent.provisioner.Stacks.parameters;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.pocketagent.provisioner.Stacks;
import dev.pocketagent.provisioner.backend.Availability;
import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.Change;
import dev.pocketagent.provisioner.backend.Observed;
import dev.pocketagent.provisioner.backend.Progress;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.compose.ComposeDocument;
import dev.pocketagent.provisioner.compose.ComposeSchema;
import dev.pocketagent.provisioner.tree.Trees;

class BundleBackendTest {

    private static final ComposeSchema SCHEMA = new ComposeSchema();
    private static final StackSpec WEB = Stacks.spec("web", parameters("secrets", parameters("TOKEN", "s3cret-value")));

    @TempDir
    Path root;
    BundleBackend backend;
    Path directory;

    @BeforeEach
    void setUp() {
        backend = new BundleBackend(root.resolve("bundles"), () -> SCHEMA);
        directory = backend.directory(Stacks.ID);
    }

    @Test
    void aBundleIsCompleteWellFormedAndWithoutSecrets() throws Exception {
        // When
        write(WEB);

        // Then
        assertThat(files()).containsExactly(".env.example", "README.md", "bundle.json", "compose.yaml");
        assertThat(Trees.readYaml(Files.readString(directory.resolve("compose.yaml"))))
                .isEqualTo(ComposeDocument.of(WEB));
        assertThat(Files.readString(directory.resolve(".env.example"))).contains("WEB_TOKEN=\n");
        assertThat(Files.readString(directory.resolve("compose.yaml"))).contains("${WEB_TOKEN:?set it in .env}");
        for (String file : files()) {
            assertThat(Files.readString(directory.resolve(file))).doesNotContain("s3cret");
        }
    }

    @Test
    void whatWasWrittenIsObserved() throws Exception {
        // Given
        Observed before = backend.observe(Stacks.ID);

        // When
        write(WEB);

        // Then
        assertThat(before).isEqualTo(new Observed.Bundle(directory.toString(), Optional.empty()));
        assertThat(backend.observe(Stacks.ID))
                .isEqualTo(new Observed.Bundle(directory.toString(), Optional.of(WEB.hash())));
    }

    @Test
    void anUpdateKeepsWhatPeoplePutThere() throws Exception {
        // Given
        write(WEB);
        Files.writeString(directory.resolve(".env"), "WEB_TOKEN=mine\n");
        StackSpec bigger = Stacks.spec("web", parameters("memoryMib", 128));

        // When
        write(bigger);

        // Then
        assertThat(Files.readString(directory.resolve(".env"))).isEqualTo("WEB_TOKEN=mine\n");
        assertThat(Files.readString(directory.resolve("compose.yaml"))).contains("\"128m\"");
        assertThat(backend.observe(Stacks.ID))
                .isEqualTo(new Observed.Bundle(directory.toString(), Optional.of(bigger.hash())));
    }

    @Test
    void aChangeByHandIsSeen() throws Exception {
        // Given
        write(WEB);
        Files.writeString(directory.resolve("compose.yaml"),
                Files.readString(directory.resolve("compose.yaml")).replace("64m", "65m"));

        // When
        Observed observed = backend.observe(Stacks.ID);

        // Then
        assertThat(observed).isEqualTo(new Observed.Bundle(directory.toString(), Optional.empty()));
    }

    @Test
    void whatACrashLeftIsClearedAway() throws Exception {
        // Given
        Path halfWritten = root.resolve("bundles").resolve(".writing-" + Stacks.ID.project());
        Files.createDirectories(halfWritten);
        Files.writeString(halfWritten.resolve("README.md"), "half");

        // When
        write(WEB);

        // Then
        assertThat(halfWritten).doesNotExist();
        assertThat(files()).contains("compose.yaml");
    }

    @Test
    void removingTakesAllAndMayBeRepeated() throws Exception {
        // Given
        write(WEB);

        // When
        backend.execute(new Change.RemoveBundle("demo"), WEB, Progress.SILENT);
        backend.execute(new Change.RemoveBundle("demo"), WEB, Progress.SILENT);

        // Then
        assertThat(directory).doesNotExist();
        try (Stream<Path> left = Files.list(root.resolve("bundles"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void aStoppedWorkerWritesNothing() {
        // Given
        Progress stopped = new Progress() {
            @Override
            public void note(String message) {
                // not listened to
            }

            @Override
            public void proceed() throws BackendException {
                throw new BackendException(BackendException.Kind.STOPPED, "the lease is gone");
            }
        };

        // When / Then
        assertThatThrownBy(() -> backend.execute(new Change.WriteBundle("demo"), WEB, stopped))
                .isInstanceOf(BackendException.class);
        assertThat(directory).doesNotExist();
    }

    @Test
    void saysWhatItCannotDo() throws Exception {
        // Given
        Path file = Files.writeString(root.resolve("file"), "");
        BundleBackend broken = new BundleBackend(file.resolve("bundles"), () -> SCHEMA);

        // When / Then
        assertThat(backend.availability()).isInstanceOf(Availability.Available.class);
        assertThat(broken.availability()).isInstanceOf(Availability.Unavailable.class);
        assertThatThrownBy(() -> backend.logs(Stacks.ID, "web", 10)).isInstanceOf(BackendException.class);
    }

    private void write(StackSpec spec) throws BackendException {
        backend.execute(new Change.WriteBundle("demo"), spec, Progress.SILENT);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }
}
