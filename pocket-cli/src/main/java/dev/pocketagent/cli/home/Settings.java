package dev.pocketagent.cli.home;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

import dev.pocketagent.cli.output.Json;

/**
 * What a suite was brought up with, kept in {@code config.json}, so that later calls find it without being told again.
 *
 * @param portOffset added to every port of the suite
 * @param localRoots directories from which sync may read local sources, besides the demo's
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Settings(int portOffset, List<String> localRoots) {

    public static final String OFFSET_VARIABLE = "POCKET_PORT_OFFSET";

    public Settings {
        localRoots = localRoots == null ? List.of() : List.copyOf(localRoots);
    }

    /**
     * The saved settings, with what the environment says on top.
     *
     * @throws IllegalArgumentException when {@code POCKET_PORT_OFFSET} is no usable number
     */
    public static Settings load(Home home, Map<String, String> env) {
        Settings saved = saved(home);
        String offset = env.getOrDefault(OFFSET_VARIABLE, "").strip();
        return offset.isEmpty() ? saved : new Settings(offset(offset), saved.localRoots);
    }

    private static Settings saved(Home home) {
        if (!Files.exists(home.settingsFile())) {
            return new Settings(0, List.of());
        }
        try {
            return Json.as(Json.read(Files.readString(home.settingsFile())), Settings.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int offset(String text) {
        try {
            int offset = Integer.parseInt(text);
            if (offset >= 0 && offset <= Part.MAX_OFFSET) {
                return offset;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw new IllegalArgumentException(
                OFFSET_VARIABLE + " must be a whole number from 0 to " + Part.MAX_OFFSET + ", and is \"" + text + "\"");
    }

    public Settings withLocalRoots(List<String> more) {
        var all = new LinkedHashSet<>(localRoots);
        all.addAll(more);
        return new Settings(portOffset, List.copyOf(all));
    }

    public void save(Home home) {
        home.run();
        SecretFiles.write(home.settingsFile(), Json.pretty(Json.of(this)));
    }
}
