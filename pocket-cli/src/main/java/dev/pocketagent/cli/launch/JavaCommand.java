package dev.pocketagent.cli.launch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How a service's JVM is started. It is the JDK that runs us: the launcher script chose it. */
final class JavaCommand {

    /** File name that Quarkus gives the cache, and by which the JVM must be told of it from inside the directory. */
    static final String CACHE = "app.aot";

    private static final int HEADER_BYTES = 4096;

    private JavaCommand() {}

    static List<String> of(boolean withCache, Path settings) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (withCache) {
            command.add("-XX:AOTCache=" + CACHE);
        }
        command.addAll(List.of("-XX:+UseSerialGC", "-Xmx256m", "-Xss512k", "-XX:+ExitOnOutOfMemoryError",
                "-Dsmallrye.config.locations=" + settings.toUri(), "-jar", "quarkus-run.jar"));
        return command;
    }

    /**
     * Whether the cache is there and was made by the JVM that runs us: its header names the exact build. The JVM refuses
     * another's by itself, but says so in the log, and loses time.
     */
    static boolean cacheIsUsable(Path application) {
        Path cache = application.resolve(CACHE);
        if (!Files.isReadable(cache)) {
            return false;
        }
        try (InputStream file = Files.newInputStream(cache)) {
            String header = new String(file.readNBytes(HEADER_BYTES), StandardCharsets.ISO_8859_1);
            return header.contains("(" + System.getProperty("java.vm.version") + ")");
        } catch (IOException _) {
            return false;
        }
    }
}
