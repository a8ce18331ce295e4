package dev.pocketagent.cli.launch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipFile;

import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.home.SecretFiles;

/**
 * How a service's JVM is started. It is the JDK that runs us: the launcher script chose it.
 *
 * <p>Plain, it is the packaged application as Quarkus starts it. With a cache, the same jars are one flat class path: the
 * JVM's AOT cache holds only what the system class loader loads, and the packaged application has a loader of its own.
 */
final class JavaCommand {

    /** How to start. */
    enum Mode {
        /** as packaged */
        PLAIN,
        /** with the AOT cache of an earlier training */
        CACHED,
        /** writes the AOT cache when it ends */
        TRAINING
    }

    private static final String CACHE = "pocket.aot";
    private static final String FRESH_CACHE = "pocket.aot.new";
    private static final String MAIN = "dev.pocketagent.kit.start.Main";
    private static final String APPLICATION = "io/quarkus/runner/ApplicationImpl.class";
    private static final int HEADER_BYTES = 4096;

    private JavaCommand() {}

    /**
     * To be run inside the application's directory: the cache is bound to the class path as it is written.
     *
     * @param optimised whether it is worth the optimising compiler
     * @param arguments file to write the arguments to; so the process list stays readable
     */
    static List<String> of(Part part, Mode mode, boolean optimised, Path application, Path settings, Path arguments)
            throws IOException {
        var line = new ArrayList<>(List.of("-XX:+UseSerialGC", "-Xmx256m", "-Xss512k", "-XX:+ExitOnOutOfMemoryError",
                "-Dsmallrye.config.locations=" + settings.toUri()));
        boolean dataPath = part == Part.ROUTER || optimised;
        if (!dataPath && mode != Mode.TRAINING) {
            // Half the CPU time of a start, 30 MiB less, and enough for a control plane; the data path gets the optimiser.
            line.add("-XX:TieredStopAtLevel=1");
        }
        if (part == Part.ROUTER) {
            // What is only warm by its start is not worth the optimiser's time: a fifth less CPU until it is ready. The data
            // path is called often enough at any threshold.
            line.add("-XX:CompileThresholdScaling=3");
        }
        if (mode == Mode.PLAIN) {
            line.addAll(List.of("-jar", "quarkus-run.jar"));
        } else {
            line.add(mode == Mode.CACHED ? "-XX:AOTCache=" + CACHE : "-XX:AOTCacheOutput=" + FRESH_CACHE);
            // As the manifest of the packaged application has it, which counts with -jar only: pooled threads that end clear
            // their thread locals, and each wrote a stack trace without this.
            line.add("--add-opens=java.base/java.lang=ALL-UNNAMED");
            line.addAll(List.of("-Djava.util.logging.manager=org.jboss.logmanager.LogManager", "-cp",
                    classPath(application),
                    MAIN));
        }
        SecretFiles.write(arguments, String.join("\n", line.stream().map(JavaCommand::quoted).toList()));
        return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "@" + arguments);
    }

    /** What Quarkus has rewritten comes before the original. */
    private static String classPath(Path application) throws IOException {
        var jars = new ArrayList<>(List.of("quarkus/transformed-bytecode.jar", "quarkus/generated-bytecode.jar"));
        jars.removeIf(jar -> !Files.exists(application.resolve(jar)));
        for (String directory : List.of("app", "lib/boot", "lib/main")) {
            var names = new ArrayList<String>();
            if (Files.isDirectory(application.resolve(directory))) {
                try (DirectoryStream<Path> files = Files.newDirectoryStream(application.resolve(directory), "*.jar")) {
                    files.forEach(file -> names.add(directory + "/" + file.getFileName()));
                }
            }
            names.sort(null);
            jars.addAll(names);
        }
        return String.join(System.getProperty("path.separator"), jars);
    }

    private static String quoted(String argument) {
        return "\"" + argument.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }

    /** Whether the application is one that starts from a flat class path. */
    static boolean canBeTrained(Path application) {
        Path generated = application.resolve("quarkus/generated-bytecode.jar");
        if (!Files.exists(generated)) {
            return false;
        }
        try (var jar = new ZipFile(generated.toFile())) {
            return jar.getEntry(APPLICATION) != null;
        } catch (IOException _) {
            return false;
        }
    }

    /** Puts a cache in its place that a training has just written. */
    static boolean adoptFreshCache(Path application) throws IOException {
        Path fresh = application.resolve(FRESH_CACHE);
        if (!isOfThisJvm(fresh)) {
            Files.deleteIfExists(fresh);
            return false;
        }
        Files.move(fresh, application.resolve(CACHE), StandardCopyOption.REPLACE_EXISTING);
        return true;
    }

    /**
     * Whether there is a cache that was made by the JVM that runs us, of the application as it is now. The JVM refuses any
     * other by itself, but says so in the log, and loses time.
     */
    static boolean cacheIsUsable(Path application) {
        try {
            return isOfThisJvm(application.resolve(CACHE)) && Files.getLastModifiedTime(application.resolve(CACHE))
                    .compareTo(Files.getLastModifiedTime(application.resolve("quarkus-run.jar"))) >= 0;
        } catch (IOException _) {
            return false;
        }
    }

    /** The header names the exact build. */
    private static boolean isOfThisJvm(Path cache) {
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
