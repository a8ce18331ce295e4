package dev.pocketagent.registry.bootstrap;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.key.ApiKey;
import dev.pocketagent.kit.key.KeyKind;

/** Reads key files. What is wrong with one is said with the file's name, and never with its content. */
final class KeyFiles {

    private static final String SUFFIX = ".key";

    /** A key in a file, with the role and name it gets. */
    record FoundKey(ApiKey key, String role, String name) {}

    private KeyFiles() {}

    /** All configured keys. */
    static List<FoundKey> read(Optional<Path> operatorKeyFile, Optional<Path> serviceKeysDir) throws IOException {
        List<FoundKey> found = new ArrayList<>();
        if (operatorKeyFile.isPresent()) {
            found.add(new FoundKey(key(operatorKeyFile.get(), KeyKind.OPERATOR), Roles.OPERATOR, "first operator"));
        }
        if (serviceKeysDir.isPresent()) {
            try (Stream<Path> files = Files.list(serviceKeysDir.get())) {
                for (Path file : files.filter(path -> path.toString().endsWith(SUFFIX)).sorted().toList()) {
                    String fileName = String.valueOf(file.getFileName());
                    found.add(new FoundKey(key(file, KeyKind.SERVICE), Roles.SERVICE,
                            fileName.substring(0, fileName.length() - SUFFIX.length())));
                }
            }
        }
        return found;
    }

    private static ApiKey key(Path file, KeyKind kind) throws IOException {
        return ApiKey.parse(Files.readString(file).strip()).filter(key -> key.kind() == kind)
                .orElseThrow(() -> new IOException(
                        "The file " + file + " holds no key of the shape pocket_" + kind.prefix() + "_..."));
    }
}
