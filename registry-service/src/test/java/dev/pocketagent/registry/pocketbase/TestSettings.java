package dev.pocketagent.registry.pocketbase;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

import org.eclipse.microprofile.config.spi.ConfigSource;

import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;

/** The bridge's configuration as properties say it, as the service would read it. */
final class TestSettings {

    private TestSettings() {}

    /** Keys without their prefix, each followed by its value. */
    static PocketBaseConfig config(String... keysAndValues) {
        Map<String, String> properties = new HashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            properties.put(Settings.PREFIX + keysAndValues[i], keysAndValues[i + 1]);
        }
        return from(new PropertiesConfigSource(properties, "test", 100));
    }

    /** What environment variables say. */
    static PocketBaseConfig fromEnvironment(Map<String, String> variables) {
        return from(new EnvConfigSource(variables, 300));
    }

    private static PocketBaseConfig from(ConfigSource source) {
        return new SmallRyeConfigBuilder().withMapping(PocketBaseConfig.class)
                .withConverter(Duration.class, 200, new DurationConverter()).withSources(source).build()
                .getConfigMapping(PocketBaseConfig.class);
    }

    /** A file with a secret, gone when the tests end. */
    static String secret(String text) {
        try {
            Path file = Files.createTempFile("pocketbase", ".secret");
            file.toFile().deleteOnExit();
            return Files.writeString(file, text + "\n").toString();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** The configuration for a server of tests, with its superuser's password. */
    static PocketBaseConfig with(TestServer server, String... more) {
        String[] all = new String[more.length + 12];
        String[] usual = {"url", server.url(), "identity", TestServer.IDENTITY, "password-file",
                secret(TestServer.PASSWORD), "interval", "0s", "states.paused", "suspended", "states.gone", "deleted"};
        System.arraycopy(usual, 0, all, 0, 12);
        System.arraycopy(more, 0, all, 12, more.length);
        return config(all);
    }
}
