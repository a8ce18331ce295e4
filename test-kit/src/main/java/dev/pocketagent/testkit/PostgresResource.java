package dev.pocketagent.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Base64;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

/**
 * A real PostgreSQL for the tests of one module, with a database and a role as the product has them: the role is no
 * superuser (superusers pass row-level security by) and owns nothing but its database. Also makes a key-encryption key.
 */
public class PostgresResource implements QuarkusTestResourceLifecycleManager {

    private @Nullable EmbeddedPostgres server;

    @Override
    public Map<String, String> start() {
        try {
            EmbeddedPostgres started = EmbeddedPostgres.builder()
                    // Tests need no durability; a service under kill -9 keeps its database running.
                    .setServerConfig("fsync", "off").setServerConfig("max_connections", "100").start();
            server = started;
            try (Connection admin = started.getPostgresDatabase().getConnection();
                    Statement sql = admin.createStatement()) {
                sql.execute("CREATE ROLE pocket LOGIN PASSWORD 'pocket' NOSUPERUSER NOCREATEDB NOCREATEROLE");
                sql.execute("CREATE DATABASE pocket OWNER pocket");
            }
            byte[] key = new byte[32];
            new SecureRandom().nextBytes(key);
            return Map.of("pocket.db.url", "jdbc:postgresql://localhost:" + started.getPort() + "/pocket",
                    "pocket.db.user", "pocket",
                    "pocket.db.password-file", secretFile("pocket").toString(),
                    "pocket.kek-file", secretFile(Base64.getEncoder().encodeToString(key)).toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path secretFile(String secret) throws IOException {
        Path file = Files.createTempFile("secret", ".txt");
        file.toFile().deleteOnExit();
        return Files.writeString(file, secret + "\n");
    }

    @Override
    public void stop() {
        try {
            if (server != null) {
                server.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
