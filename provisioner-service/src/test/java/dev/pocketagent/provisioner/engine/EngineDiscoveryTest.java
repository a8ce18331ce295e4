package dev.pocketagent.provisioner.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.pocketagent.provisioner.engine.api.CallMeter;
import dev.pocketagent.provisioner.engine.http.UnixServer;

class EngineDiscoveryTest {

    private static UnixServer engine(String version) throws IOException {
        return UnixServer.json(line -> line.equals("GET /_ping")
                ? "200 OK"
                : "200 {\"Version\":\"" + version + "\",\"ApiVersion\":\"1.44\",\"Components\":[]}");
    }

    private static EngineDiscovery.Result find(Optional<String> configured, Map<String, String> environment) {
        return new EngineDiscovery(configured, environment, CallMeter.NONE).find();
    }

    @Test
    void theConfiguredSocketIsTheOnlyOne() throws Exception {
        try (UnixServer other = engine("1")) {
            // When
            EngineDiscovery.Result result = find(Optional.of("/nowhere/engine.sock"),
                    Map.of("DOCKER_HOST", "unix://" + other.address()));

            // Then
            assertThat(result).isInstanceOfSatisfying(EngineDiscovery.Result.Missing.class, missing -> {
                assertThat(missing.reason()).contains("pocket.provisioner.engine.socket /nowhere/engine.sock");
                assertThat(missing.cure()).contains("start the engine behind pocket.provisioner.engine.socket");
            });
        }
    }

    @Test
    void theFirstThatAnswersIsTaken(@TempDir Path runtime) throws Exception {
        // Given: DOCKER_HOST leads nowhere, the next one answers
        try (UnixServer second = engine("25.0.1")) {
            Files.createDirectories(runtime.resolve("podman"));
            Map<String, String> environment = Map.of("DOCKER_HOST", "unix:///nowhere.sock", "CONTAINER_HOST",
                    "unix://" + second.address());

            // When
            EngineDiscovery.Result result = find(Optional.empty(), environment);

            // Then
            assertThat(result).isInstanceOfSatisfying(EngineDiscovery.Result.Found.class, found -> {
                assertThat(found.client().version()).hasToString("Docker 25.0.1");
                assertThat(found.client().address()).isEqualTo(second.address());
            });
        }
    }

    @Test
    void whatIsNotReadableIsNamedInsteadOfThrown() {
        // When
        EngineDiscovery.Result result = find(Optional.of("ssh://somewhere"), Map.of());

        // Then
        assertThat(result).isInstanceOfSatisfying(EngineDiscovery.Result.Missing.class,
                missing -> assertThat(missing.reason()).contains("ssh://somewhere").contains("tcp://host:port"));
    }
}
