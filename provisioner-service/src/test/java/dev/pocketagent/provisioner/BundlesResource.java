package dev.pocketagent.provisioner;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;

/** A directory for bundles, given to the service and, as a {@code Path} field, to the test. New stacks go to bundles. */
public class BundlesResource implements QuarkusTestResourceLifecycleManager {

    private @Nullable Path directory;

    @Override
    public Map<String, String> start() {
        try {
            Path made = Files.createTempDirectory("bundles");
            directory = made;
            return Map.of("pocket.provisioner.bundle-dir", made.toString(), "pocket.provisioner.backend", "bundle",
                    "pocket.provisioner.operations.poll", "200ms", "pocket.provisioner.operations.lease", "3s");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void inject(TestInjector injector) {
        injector.injectIntoFields(directory, new TestInjector.MatchesType(Path.class));
    }

    @Override
    public void stop() {
        if (directory != null) {
            try (Stream<Path> all = Files.walk(directory)) {
                all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
