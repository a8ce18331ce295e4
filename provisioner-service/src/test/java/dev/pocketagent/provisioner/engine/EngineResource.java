package dev.pocketagent.provisioner.engine;

import java.util.HashMap;
import java.util.Map;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;

/** New stacks go to the container engine under test, where there is one. */
public class EngineResource implements QuarkusTestResourceLifecycleManager {

    @Override
    public Map<String, String> start() {
        Map<String, String> settings = new HashMap<>(
                Map.of("pocket.provisioner.backend", "engine", "pocket.provisioner.operations.poll", "200ms"));
        String socket = System.getenv("POCKET_TEST_ENGINE_SOCKET");
        if (socket != null && !socket.isBlank()) {
            settings.put("pocket.provisioner.engine.socket", socket);
        }
        return settings;
    }

    @Override
    public void stop() {
        // The engine is not ours to stop.
    }
}
