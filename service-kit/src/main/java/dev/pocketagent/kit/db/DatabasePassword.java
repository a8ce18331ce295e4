package dev.pocketagent.kit.db;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import dev.pocketagent.kit.KitConfig;
import io.quarkus.arc.Unremovable;
import io.quarkus.credentials.CredentialsProvider;

/**
 * Gives the pool this service's database password. A file is read again for every new connection, so a password that was
 * changed there takes effect without a restart, and one that is not there yet is waited for like a database that is away.
 */
@ApplicationScoped
@Unremovable
class DatabasePassword implements CredentialsProvider {

    private final String user;
    private final Optional<Path> file;
    private final Optional<String> password;

    @Inject
    DatabasePassword(KitConfig config) {
        this(config.db().user(), config.db().passwordFile(), config.db().password());
    }

    DatabasePassword(String user, Optional<Path> file, Optional<String> password) {
        this.user = user;
        this.file = file;
        this.password = password;
    }

    @Override
    public Map<String, String> getCredentials(String credentialsProviderName) {
        return Map.of(USER_PROPERTY_NAME, user, PASSWORD_PROPERTY_NAME,
                file.map(DatabasePassword::read).or(() -> password).orElse(""));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Cannot read the database password from " + file + " (pocket.db.password-file)", e);
        }
    }
}
