package dev.pocketagent.sync;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import dev.pocketagent.sync.git.Folders;
import dev.pocketagent.sync.git.GitHttpServer;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;

/** Folders for the service under test, and a server of real git repositories on loopback, which the operator allowed. */
public class SyncResource implements QuarkusTestResourceLifecycleManager {

    /** What a test works with. */
    public record Places(Path root, GitHttpServer server) {

        public Path repositories() {
            return root.resolve("repositories");
        }

        public Path stores() {
            return root.resolve("stores");
        }

        public Path published() {
            return root.resolve("published");
        }

        public Path local() {
            return root.resolve("local");
        }
    }

    private Places places;

    @Override
    public Map<String, String> start() {
        try {
            Path root = Files.createTempDirectory("sync-test").toRealPath();
            places = new Places(root, new GitHttpServer(Files.createDirectories(root.resolve("repositories"))));
            Files.createDirectories(places.local());
            return Map.ofEntries(Map.entry("pocket.sync.store-dir", places.stores().toString()),
                    Map.entry("pocket.sync.publish-root", places.published().toString()),
                    Map.entry("pocket.sync.local-roots", places.local().toString()),
                    // On purpose with the stores and the published files in it.
                    Map.entry("pocket.sync.file-url-root", root.toString()),
                    Map.entry("pocket.sync.limits.fetch-idle", "2s"),
                    Map.entry("pocket.sync.limits.webhooks-per-minute", "40"),
                    Map.entry("pocket.sync.webhooks.failures-per-minute", "60"),
                    // A third of it, 41, for one address.
                    Map.entry("pocket.sync.webhooks.at-once", "123"),
                    Map.entry("pocket.sync.webhooks.deadline", "3s"),
                    Map.entry("pocket.sync.answers.bytes", "16M"),
                    Map.entry("pocket.sync.answers.deadline", "3s"),
                    Map.entry("pocket.outbound.allow-cidrs", "127.0.0.0/8"),
                    Map.entry("pocket.outbound.allow-schemes", "https,ssh,http"),
                    Map.entry("pocket.outbound.allow-ports", "0"), Map.entry("pocket.events.poll-wait", "2s"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void inject(TestInjector injector) {
        injector.injectIntoFields(places, new TestInjector.MatchesType(Places.class));
    }

    @Override
    public void stop() {
        try {
            places.server().close();
            Folders.delete(places.root());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
