package dev.pocketagent.cli.home;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {

    @TempDir
    private Path directory = Path.of("unset");

    private Home home() {
        return new Home(directory.resolve("with blank"));
    }

    @Test
    void shouldRememberWhatASuiteWasBroughtUpWith() {
        // Given
        Settings.load(home(), Map.of("POCKET_PORT_OFFSET", "100")).withLocalRoots(List.of("/a", "/b"))
                .withLocalRoots(List.of("/a"))
                .save(home());

        // When
        Settings later = Settings.load(home(), Map.of());

        // Then
        assertThat(later).isEqualTo(new Settings(100, List.of("/a", "/b")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "x", "50104", "1.5"})
    void shouldRefuseAnOffsetThatGivesNoPorts(String offset) {
        assertThatThrownBy(() -> Settings.load(home(), Map.of("POCKET_PORT_OFFSET", offset)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("POCKET_PORT_OFFSET")
                .hasMessageContaining(offset);
    }

    @Test
    void shouldKeepStateAndSecretsToTheOwner() throws IOException {
        // Given
        Home home = home();
        Files.createDirectories(home.root());
        Files.setPosixFilePermissions(home.root(), PosixFilePermissions.fromString("rwxr-xr-x"));

        // When
        SecretFiles.write(home.secrets().resolve("x.key"), "secret");

        // Then
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.root()))).isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.secrets()))).isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.secrets().resolve("x.key"))))
                .isEqualTo("rw-------");
        assertThat(home.isPrivate()).isTrue();
    }

    @Test
    void shouldMakeASecretOnceOnly() {
        // Given
        Path file = home().secrets().resolve("once");
        SecretFiles.readOrCreate(file, () -> "first");

        // When
        String again = SecretFiles.readOrCreate(file, () -> "second");

        // Then
        assertThat(again).isEqualTo("first");
    }

    @Test
    void shouldFindServicesByPortOrByVariable() {
        // Given
        var endpoints = new Endpoints(Map.of("POCKET_ROUTER_URL", "https://models.example.com"), 10);

        // When
        URI local = endpoints.of(Part.REGISTRY);
        URI remote = endpoints.of(Part.ROUTER);

        // Then
        assertThat(local).hasToString("http://127.0.0.1:8091");
        assertThat(remote).hasToString("https://models.example.com");
        assertThat(endpoints.management(Part.SYNC)).hasToString("http://127.0.0.1:9094");
    }

    @Test
    void shouldRefuseAnAddressThatIsNone() {
        assertThatThrownBy(() -> new Endpoints(Map.of("POCKET_SYNC_URL", "ftp://x"), 0).of(Part.SYNC))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("POCKET_SYNC_URL");
    }
}
