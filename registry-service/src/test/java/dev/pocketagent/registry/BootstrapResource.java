package dev.pocketagent.registry;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import dev.pocketagent.kit.key.ApiKey;
import dev.pocketagent.kit.key.KeyKind;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;

/** Makes the first keys as the launcher does, offline and in files. Fills in fields of type {@link BootstrapKeys}. */
public class BootstrapResource implements QuarkusTestResourceLifecycleManager {

    private final ApiKey operator = ApiKey.generate(KeyKind.OPERATOR);
    private final ApiKey provisioner = ApiKey.generate(KeyKind.SERVICE);
    private final ApiKey router = ApiKey.generate(KeyKind.SERVICE);
    private final ApiKey sync = ApiKey.generate(KeyKind.SERVICE);
    private final ApiKey service = ApiKey.generate(KeyKind.SERVICE);
    private Path home;

    @Override
    public Map<String, String> start() {
        try {
            home = Files.createTempDirectory("bootstrap-keys");
            Path services = Files.createDirectory(home.resolve("service-keys"));
            Path operatorFile = Files.writeString(home.resolve("operator.key"), operator.secret() + "\n");
            Files.writeString(services.resolve("provisioner.key"), provisioner.secret() + "\n");
            Files.writeString(services.resolve("router.key"), router.secret() + "\n");
            Files.writeString(services.resolve("sync.key"), sync.secret() + "\n");
            Files.writeString(services.resolve("tests.key"), service.secret() + "\n");
            // Tests note the ends of chains themselves: by the clock it would happen in the middle of another test.
            return Map.of("pocket.registry.bootstrap.operator-key-file", operatorFile.toString(),
                    "pocket.registry.bootstrap.service-keys-dir", services.toString(),
                    // Receivers of webhooks are on loopback, and nobody waits hours for a retry.
                    "pocket.outbound.allow-cidrs", "127.0.0.0/8", "pocket.outbound.allow-schemes", "http,https,ssh",
                    "pocket.outbound.allow-ports", "0", "pocket.registry.webhooks.schedule", "0ms,50ms,100ms",
                    "pocket.registry.webhooks.poll", "50ms", "pocket.registry.audit.heads-dir",
                    home.resolve("heads").toString(), "pocket.registry.audit.heads-every", "0s");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void inject(TestInjector injector) {
        injector.injectIntoFields(
                new BootstrapKeys(operator.secret(), provisioner.secret(), router.secret(), sync.secret(),
                        service.secret(), home.resolve("service-keys")),
                new TestInjector.MatchesType(BootstrapKeys.class));
    }

    @Override
    public void stop() {
        try (var files = Files.walk(home)) {
            files.sorted((a, b) -> b.compareTo(a)).forEach(path -> path.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
