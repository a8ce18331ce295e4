package dev.pocketagent.registry.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.key.ApiKey;
import dev.pocketagent.kit.key.KeyKind;

class KeyFilesTest {

    @TempDir
    Path home;

    @Test
    void readsTheOperatorsKeyAndOneKeyAService() throws IOException {
        // Given
        ApiKey operator = ApiKey.generate(KeyKind.OPERATOR);
        ApiKey router = ApiKey.generate(KeyKind.SERVICE);
        ApiKey sync = ApiKey.generate(KeyKind.SERVICE);
        Path file = Files.writeString(home.resolve("operator.key"), operator.secret() + "\n");
        Path services = Files.createDirectory(home.resolve("services"));
        Files.writeString(services.resolve("sync.key"), sync.secret());
        Files.writeString(services.resolve("router.key"), router.secret());
        Files.writeString(services.resolve("notes.txt"), "no key");
        // When
        List<KeyFiles.FoundKey> found = KeyFiles.read(Optional.of(file), Optional.of(services));
        // Then
        assertThat(found).extracting(KeyFiles.FoundKey::name, KeyFiles.FoundKey::role, key -> key.key().secret())
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("first operator", Roles.OPERATOR, operator.secret()),
                        org.assertj.core.groups.Tuple.tuple("router", Roles.SERVICE, router.secret()),
                        org.assertj.core.groups.Tuple.tuple("sync", Roles.SERVICE, sync.secret()));
        assertThat(KeyFiles.read(Optional.empty(), Optional.empty())).isEmpty();
    }

    @Test
    void aWrongFileIsNamedAndItsContentIsNot() throws IOException {
        ApiKey wrongKind = ApiKey.generate(KeyKind.TENANT);
        Path file = Files.writeString(home.resolve("operator.key"), wrongKind.secret());
        assertThatThrownBy(() -> KeyFiles.read(Optional.of(file), Optional.empty())).isInstanceOf(IOException.class)
                .hasMessageContaining("operator.key").hasMessageContaining("pocket_op_")
                .hasMessageNotContaining(wrongKind.secret());
        assertThatThrownBy(() -> KeyFiles.read(Optional.of(home.resolve("none.key")), Optional.empty()))
                .isInstanceOf(IOException.class);
    }
}
