package dev.pocketagent.cli.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

import dev.pocketagent.cli.home.Home;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.home.SecretFiles;
import dev.pocketagent.cli.output.Json;

/**
 * What was started, kept in {@code run/<name>.json} as long as it should run: a record whose process is gone is a part
 * that died.
 *
 * @param name the part's short name
 * @param pid its process
 * @param birth see {@link ProcessId}
 * @param startedAtMillis since the epoch
 * @param port where it serves
 * @param managementPort health and metrics; 0 without
 * @param settings digest of what it was started with
 * @param aotCache whether it was started with its AOT cache
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record RunRecord(String name, long pid, String birth, long startedAtMillis, int port, int managementPort,
        String settings,
        boolean aotCache) {

    ProcessId process() {
        return new ProcessId(pid, birth);
    }

    static Optional<RunRecord> read(Home home, Part part) {
        Path file = file(home, part);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Json.as(Json.read(Files.readString(file)), RunRecord.class));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void write(Home home) {
        SecretFiles.write(file(home, Part.of(name)), Json.pretty(Json.of(this)));
    }

    static void delete(Home home, Part part) {
        try {
            Files.deleteIfExists(file(home, part));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path file(Home home, Part part) {
        return home.run().resolve(part.id() + ".json");
    }
}
