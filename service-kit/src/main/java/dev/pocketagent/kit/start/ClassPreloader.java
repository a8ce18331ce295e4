package dev.pocketagent.kit.start;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

import io.quarkus.bootstrap.runner.RunnerClassLoader;

/**
 * Loads the classes that a start needs on a thread of its own, in the order in which the start will ask for them. A start
 * is one thread's work, and finding, unpacking and defining some 10,000 classes is half of it; a second core takes that over.
 * Classes are loaded, not initialised: nothing of them runs earlier, or on another thread, than it would otherwise.
 *
 * <p>The list is recorded by {@code bench/start/classes} and the same for all services. A name on it that a service does not
 * have costs a look-up, one that is missing is loaded when it is asked for: an old list is slower, never wrong.
 */
final class ClassPreloader implements Runnable {

    /** A package a line: its name, and the binary names of its classes without it, separated by blanks. {@code #}: comment. */
    static final String LIST = "META-INF/pocket/start-classes.txt";

    /** System property: {@code false} leaves it out, as the recording of a new list needs it. */
    private static final String SWITCH = "pocket.start.preload";

    private final ClassLoader loader;

    ClassPreloader(ClassLoader loader) {
        this.loader = loader;
    }

    /**
     * Starts it where it helps: the packaged application, not one whose classes an AOT cache or a native executable holds,
     * nor a test, on more than one core.
     */
    static void startWhereUseful() {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        if (loader instanceof RunnerClassLoader && Runtime.getRuntime().availableProcessors() > 1
                && Boolean.parseBoolean(System.getProperty(SWITCH, "true"))) {
            Thread thread = new Thread(new ClassPreloader(loader), "class-preloader");
            thread.setDaemon(true);
            thread.start();
        }
    }

    @Override
    public void run() {
        forEachName(loader, this::load);
    }

    /** @throws IllegalStateException when the list is not there: it is part of the kit */
    static void forEachName(ClassLoader loader, Consumer<String> action) {
        try (InputStream stream = loader.getResourceAsStream(LIST)) {
            if (stream == null) {
                throw new IllegalStateException(LIST + " is missing");
            }
            var lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.startsWith("#")) {
                    String[] names = line.split(" ");
                    Arrays.stream(names, 1, names.length).map(name -> names[0] + "." + name).forEach(action);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void load(String name) {
        try {
            Class.forName(name, false, loader);
        } catch (ClassNotFoundException | LinkageError _) {
            // Of another service, or built on something optional: whoever really needs it will get the error.
        }
    }
}
