package dev.pocketagent.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;

/**
 * Starts a {@link RegistryDouble} and points the service under test at it. A test class that wants to issue keys declares
 * a field of type {@code RegistryDouble}; it is filled in.
 */
public class RegistryResource implements QuarkusTestResourceLifecycleManager {

    private @Nullable RegistryDouble registry;

    @Override
    public Map<String, String> start() {
        try {
            RegistryDouble started = new RegistryDouble();
            registry = started;
            Path key = Files.createTempFile("service", ".key");
            key.toFile().deleteOnExit();
            Files.writeString(key, started.serviceKey() + "\n");
            return Map.of("pocket.registry.url", started.url(), "pocket.service-key-file", key.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void inject(TestInjector injector) {
        injector.injectIntoFields(registry, new TestInjector.MatchesType(RegistryDouble.class));
    }

    @Override
    public void stop() {
        if (registry != null) {
            registry.close();
        }
    }
}
