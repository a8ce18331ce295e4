package dev.pocketagent.sync.webhook;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.secret.Secrets;
import dev.pocketagent.sync.source.Forge;
import dev.pocketagent.sync.source.Source;

/** The webhooks of all sources, by the id in their address. */
@ApplicationScoped
class Hooks {

    private final Session database;
    private final RowScope rows;
    private final Secrets secrets;

    @Inject
    Hooks(Session database, RowScope rows, Secrets secrets) {
        this.database = database;
        this.rows = rows;
        this.secrets = secrets;
    }

    /**
     * What a delivery is judged by.
     *
     * @param secret as it was shown to the user
     * @param ref the branch of the source; null for the default one
     */
    record Hook(UUID tenantId, Forge forge, String secret, @Nullable String ref) {}

    /** Asks the database; empty when there is no such source. */
    Optional<Hook> find(UUID sourceId) {
        return rows.inAllTenants(() -> {
            Source source = database.find(Source.class, sourceId);
            return source == null
                    ? Optional.empty()
                    : Optional.of(new Hook(source.tenantId, Forge.of(source.forge).orElseThrow(), new String(
                            secrets.open(source.tenantId, source.webhookSecretField(), source.webhookSecret),
                            StandardCharsets.UTF_8), source.ref));
        });
    }
}
