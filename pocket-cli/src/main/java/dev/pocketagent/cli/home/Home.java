package dev.pocketagent.cli.home;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/** Layout of the state directory. Every directory here is for its owner only. */
public final class Home {

    private final Path root;

    public Home(Path root) {
        this.root = root.toAbsolutePath().normalize();
    }

    /** @param env {@code POCKET_HOME}, else {@code HOME} */
    public static Home of(Map<String, String> env) {
        String own = env.getOrDefault("POCKET_HOME", "");
        if (!own.isEmpty()) {
            return new Home(Path.of(own));
        }
        String home = env.getOrDefault("HOME", "");
        return new Home(Path.of(home.isEmpty() ? System.getProperty("user.home", "/") : home, ".pocketagent"));
    }

    public Path root() {
        return root;
    }

    public boolean exists() {
        return Files.isDirectory(root);
    }

    public Path secrets() {
        return directory("secrets");
    }

    public Path logs() {
        return directory("logs");
    }

    public Path log(Part part) {
        return logs().resolve(part.id() + ".log");
    }

    public Path run() {
        return directory("run");
    }

    /** Vert.x's unpacked files of a service; otherwise it would make a directory in /tmp that everybody may write to. */
    public Path vertxCache(Part part) {
        return SecretFiles.directory(run().resolve("vertx-cache")).resolve(part.id());
    }

    public Path postgres() {
        return directory("postgres");
    }

    public Path sync() {
        return directory("sync");
    }

    /** What sync publishes goes below this directory. */
    public Path published() {
        return directory("published");
    }

    /** Where the registry notes the ends of its audit chains. */
    public Path auditHeads() {
        return directory("audit-heads");
    }

    public Path bundles() {
        return directory("bundles");
    }

    /** The demo's git repositories. */
    public Path demo() {
        return directory("demo");
    }

    public Path operatorKey() {
        return secrets().resolve("operator.key");
    }

    /** Keys of tenants that {@code key issue --save} keeps, by tenant slug. */
    public Path tenantKey(String tenant) {
        return SecretFiles.directory(secrets().resolve("tenant-keys")).resolve(tenant + ".key");
    }

    public Path settingsFile() {
        return root.resolve("config.json");
    }

    private Path directory(String name) {
        SecretFiles.directory(root);
        return SecretFiles.directory(root.resolve(name));
    }

    /** Whether nobody but the owner may enter the state directory; true where the file system knows no such rights. */
    public boolean isPrivate() {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(root)).endsWith("------");
        } catch (UnsupportedOperationException _) {
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
