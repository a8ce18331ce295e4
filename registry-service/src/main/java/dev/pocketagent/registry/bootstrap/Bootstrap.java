package dev.pocketagent.registry.bootstrap;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.auth.KeyVerifier;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.registry.key.AdoptedKeys;
import dev.pocketagent.registry.key.AdoptedKeys.AdoptedKey;
import dev.pocketagent.registry.key.KeyView;
import dev.pocketagent.registry.key.Keys;
import dev.pocketagent.registry.key.LocalKeySource;
import io.quarkus.runtime.ShutdownEvent;

/**
 * Makes sure at every start that the configured keys exist, by their digests. The service is ready when they do: without
 * them nobody could call it, and until then a key that is not stored is answered with 503. A missing or damaged file is
 * named in the log and looked at again until it is right.
 *
 * <p>A file with another text than before is a rotation: its new key takes over from the one that it held, which goes on
 * for {@link BootstrapConfig#overlap()}. What has no file any more, and a file whose key has ended, is said in the log: the
 * first still opens, the second opens nothing.
 *
 * <p>Every start gives the keys of our services the scopes of {@link ServiceDuties}, also those that an older version took
 * over without.
 */
@Readiness
@ApplicationScoped
class Bootstrap implements HealthCheck {

    private static final Logger LOG = Logger.getLogger(Bootstrap.class);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final BootstrapConfig config;
    private final Keys keys;
    private final AdoptedKeys adopted;
    private final LocalKeySource source;
    private final KeyVerifier verifier;
    private final RowScope rows;
    private volatile boolean done;
    private volatile boolean stopping;
    private volatile @Nullable String trouble;

    @Inject
    Bootstrap(BootstrapConfig config, Keys keys, AdoptedKeys adopted, LocalKeySource source, KeyVerifier verifier,
            RowScope rows) {
        this.config = config;
        this.keys = keys;
        this.adopted = adopted;
        this.source = source;
        this.verifier = verifier;
        this.rows = rows;
    }

    void start(@Observes Schema.Ready event) {
        Thread.ofVirtual().name("bootstrap").start(this::run);
    }

    void stop(@Observes ShutdownEvent event) {
        stopping = true;
    }

    @Override
    public HealthCheckResponse call() {
        String reason = trouble;
        return HealthCheckResponse.named("bootstrap-keys").status(done)
                .withData("reason", done ? "" : reason == null ? "not done yet" : reason).build();
    }

    private void run() {
        Duration pause = Duration.ofMillis(200);
        while (!stopping && !done) {
            try {
                adopt(KeyFiles.read(config.operatorKeyFile(), config.serviceKeysDir()));
                source.complete();
                done = true;
            } catch (IOException | RuntimeException e) {
                trouble = e.getMessage();
                LOG.errorf("The bootstrap keys are not known yet, trying again in %d ms: %s", pause.toMillis(), e);
                try {
                    Thread.sleep(pause);
                } catch (InterruptedException interrupted) {
                    return;
                }
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
            }
        }
    }

    private void adopt(List<KeyFiles.FoundKey> found) {
        Map<String, AdoptedKey> known = rows.inAllTenants(adopted::all).stream()
                .collect(Collectors.toMap(AdoptedKey::sha256Hex, Function.identity()));
        for (KeyFiles.FoundKey file : found) {
            AdoptedKey key = known.get(file.key().sha256Hex());
            if (key == null) {
                rows.inAllTenants(() -> {
                    adopt(file);
                    return file;
                });
            } else {
                tell(file, key.state());
            }
        }
        List<AdoptedKey> open = rows.inAllTenants(adopted::all).stream().filter(AdoptedKey::opens).toList();
        open.forEach(this::scope);
        open.forEach(key -> verifier.neverLimit(key.sha256Hex()));
        if (found.isEmpty()) {
            LOG.info("No bootstrap keys are configured");
            return;
        }
        Set<String> starts = found.stream().map(file -> file.key().shownStart()).collect(Collectors.toSet());
        open.stream().filter(key -> !key.replaced() && !starts.contains(key.start()))
                .forEach(key -> LOG.warnf(
                        "Key %s... of '%s' (%s) came from a file that is gone, and still opens. To end it, revoke %s",
                        key.start(), key.name(), key.role(), key.id()));
    }

    private void scope(AdoptedKey key) {
        ServiceDuties.of(key.role(), key.name()).filter(scopes -> !key.scopes().equals(scopes)).ifPresent(scopes -> {
            if (rows.inAllTenants(() -> keys.scope(key.id(), scopes))) {
                LOG.infof("Key %s... of '%s' (%s) has the scopes %s from now on", key.start(), key.name(), key.role(),
                        String.join(", ", scopes));
            }
        });
    }

    /** In one transaction: a key is never stored without those that it replaces being on their way out. */
    private void adopt(KeyFiles.FoundKey file) {
        Optional<SortedSet<String>> scopes = ServiceDuties.of(file.role(), file.name());
        if (!keys.adopt(file.key(), file.role(), file.name(), scopes.orElse(new TreeSet<>()))) {
            // Another replica was faster, or somebody's key was written into the file.
            tell(file, keys.known(file.key()).orElseThrow().state());
            return;
        }
        LOG.infof("Key %s of '%s' (%s) is new", file.key(), file.name(), file.role());
        if (scopes.isEmpty() && file.role().equals(Roles.SERVICE)) {
            LOG.warnf("'%s' is no service of ours, so its key may do all that the role 'service' may", file.name());
        }
        // Only now: a replica that starts with the old file must not end the new key.
        for (KeyView old : keys.replaceOlder(file.key(), config.overlap())) {
            LOG.infof("It replaces %s..., which %s", old.start(),
                    old.revokedAt() == null ? "opens until " + old.expiresAt() : "is revoked");
        }
    }

    private static void tell(KeyFiles.FoundKey file, String state) {
        if (state.equals("active")) {
            LOG.infof("Key %s of '%s' (%s) is known", file.key(), file.name(), file.role());
        } else {
            LOG.warnf("Key %s of '%s' (%s) is %s and opens nothing: write a new one into its file", file.key(),
                    file.name(), file.role(), state);
        }
    }
}
