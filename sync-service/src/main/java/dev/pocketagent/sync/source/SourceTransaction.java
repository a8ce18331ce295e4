package dev.pocketagent.sync.source;

import java.net.URI;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.ETags;
import dev.pocketagent.kit.http.Idempotent;

/** The transaction that makes a source. It begins behind all that waits for others. */
@ApplicationScoped
class SourceTransaction {

    private final Sources sources;
    private final SourceAnswers answers;
    private final RowScope rows;

    @Inject
    SourceTransaction(Sources sources, SourceAnswers answers, RowScope rows) {
        this.sources = sources;
        this.answers = answers;
        this.rows = rows;
    }

    /** Makes the source, or answers again what was answered to the same request. */
    @Transactional
    @Idempotent
    Response create(UUID tenantId, SourceRequest.Create request, SourceAttempt attempt) {
        rows.tenant(tenantId);
        Sources.Made made = sources.make(tenantId, request, attempt);
        return Response.created(URI.create("/api/v1/sources/" + made.source().id))
                .header(HttpHeaders.ETAG, ETags.of(made.source().version))
                .entity(answers.view(made.source(), null, null, made.secret())).build();
    }
}
