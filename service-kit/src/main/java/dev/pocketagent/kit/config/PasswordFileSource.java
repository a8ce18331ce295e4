package dev.pocketagent.kit.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.eclipse.microprofile.config.spi.ConfigSource;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;

/** Makes {@code pocket.db.password} out of the file that {@code pocket.db.password-file} names. */
public class PasswordFileSource implements ConfigSourceFactory {

    private static final String FILE = "pocket.db.password-file";
    private static final String PASSWORD = "pocket.db.password";
    /** Above every other source: who names a file means the file. */
    private static final int ORDINAL = 500;

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        ConfigValue file = context.getValue(FILE);
        if (file == null || file.getValue() == null || file.getValue().isBlank()) {
            return List.of();
        }
        try {
            String password = Files.readString(Path.of(file.getValue())).strip();
            // "$" would begin an expression.
            return List.of(new PropertiesConfigSource(Map.of(PASSWORD, password.replace("$", "\\$")), FILE, ORDINAL));
        } catch (IOException e) {
            throw new IllegalStateException("The database password cannot be read from " + FILE + "="
                    + file.getValue() + ": " + e.getMessage(), e);
        }
    }
}
