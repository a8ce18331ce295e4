package dev.pocketagent.provisioner.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Assumptions;

import dev.pocketagent.provisioner.engine.api.CallMeter;
import dev.pocketagent.provisioner.engine.api.EngineClient;
import dev.pocketagent.provisioner.engine.http.EngineAddress;

/**
 * The real engine that container tests run on: POCKET_TEST_ENGINE_SOCKET, or what discovery finds. Without one the test is skipped with a
 * sentence that says so.
 */
public final class EngineUnderTest {

    public static final String IMAGE = "localhost/pocketagent/web:1";

    private EngineUnderTest() {}

    /** The engine's address; the calling test is aborted when there is none. */
    public static EngineAddress require() {
        Optional<String> socket = Optional.ofNullable(System.getenv("POCKET_TEST_ENGINE_SOCKET"))
                .filter(text -> !text.isBlank());
        EngineDiscovery.Result result = new EngineDiscovery(socket, System.getenv(), CallMeter.NONE).find();
        switch (result) {
            case EngineDiscovery.Result.Found found -> {
                return found.client().address();
            }
            case EngineDiscovery.Result.Missing missing -> {
                // On the console too: a skipped test's reason is easy to miss.
                String sentence = "Container tests are skipped: " + missing.reason()
                        + " Start one with deploy/engine/setup-podman.sh and set "
                        + "POCKET_TEST_ENGINE_SOCKET.";
                System.out.println(sentence);
                Assumptions.abort(sentence);
                throw new IllegalStateException();
            }
        }
    }

    /** Makes the image with the script that people use, when it is missing. */
    public static void requireImage(EngineClient client) throws IOException, InterruptedException {
        if (client.images().find(IMAGE).isPresent()) {
            return;
        }
        Path script = Path.of("").toAbsolutePath();
        while (!Files.exists(script.resolve("deploy/engine/busybox-image.sh"))) {
            script = Optional.ofNullable(script.getParent()).orElseThrow();
        }
        ProcessBuilder builder = new ProcessBuilder(script.resolve("deploy/engine/busybox-image.sh").toString(), "1")
                .inheritIO();
        builder.environment().putAll(Map.of("DOCKER_HOST", "unix://" + client.address()));
        Process process = builder.start();
        if (!process.waitFor(2, TimeUnit.MINUTES) || process.exitValue() != 0) {
            throw new UncheckedIOException(new IOException("busybox-image.sh failed"));
        }
    }
}
