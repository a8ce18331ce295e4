package dev.pocketagent.sync.source;

import java.nio.file.Path;
import java.time.Clock;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.http.ETags;
import dev.pocketagent.sync.SyncConfig;

/** Sources as the API shows them. */
@ApplicationScoped
class SourceAnswers {

    private final Session database;
    private final Clock clock;
    private final SyncConfig config;

    @Inject
    SourceAnswers(Session database, Clock clock, SyncConfig config) {
        this.database = database;
        this.clock = clock;
        this.config = config;
    }

    /** @param secret of its webhooks when it was made just now; shown this once */
    Response of(Source source, @Nullable String secret) {
        Live live = database.find(Live.class, source.id);
        Long number = live == null ? null : live.number;
        RevisionRow revision = number == null
                ? null
                : database.find(RevisionRow.class, new RevisionRow.Key(source.id, number));
        return Response.ok(view(source, live, revision, secret)).header(HttpHeaders.ETAG, ETags.of(source.version))
                .build();
    }

    SourceView view(Source source, @Nullable Live live, @Nullable RevisionRow revision, @Nullable String secret) {
        // Never from the Host header: a cache that passes on somebody else's would have the secret typed in there.
        String base = config.publicUrl().orElse("");
        String hook = (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + "/v1/hooks/" + source.id;
        String publishTo = source.publishTo;
        Path published = publishTo == null
                ? null
                : config.publishRoot()
                        .map(root -> root.toAbsolutePath().normalize().resolve(source.tenantId.toString())
                                .resolve(publishTo))
                        .orElse(null);
        return SourceView.of(source, live, revision, hook, published, secret, clock.instant());
    }
}
