package dev.pocketagent.sync.source;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * A source as the API shows it. Credentials never come back; the webhook secret only in the answer that made it.
 *
 * @param hasCredentials whether a token is stored
 * @param publishedPath folder whose {@code current} names the live revision
 * @param webhookUrl where the forge sends its webhooks; a path when the operator has not said at which host
 * @param webhookSecret shown once
 * @param state {@code new} before the first success, {@code ready}, or {@code failing} when the last look failed
 * @param revision what readers see
 * @param syncedAt when the remote last agreed with it
 * @param stalenessSeconds how long that is ago
 * @param lastError why the last look failed
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SourceView(UUID id, UUID tenantId, String name, String kind, @Nullable String url, @Nullable String path,
        @Nullable String ref,
        boolean hasCredentials, String forge, int intervalSeconds, @Nullable String publishTo,
        @Nullable String publishedPath,
        String webhookUrl, @Nullable String webhookSecret, String state, @Nullable String revision,
        @Nullable Long revisionNumber,
        @Nullable Instant syncedAt, @Nullable Long stalenessSeconds, @Nullable LastError lastError, Instant createdAt,
        Instant updatedAt,
        long version) {

    /** Why the last look failed. */
    public record LastError(String code, String detail, Instant at) {}

    static SourceView of(Source source, @Nullable Live live, @Nullable RevisionRow revision, String webhookUrl,
            @Nullable Path published,
            @Nullable String webhookSecret, Instant now) {
        Instant checkedAt = live == null ? null : live.checkedAt;
        LastError error = live == null || live.errorCode == null || live.errorAt == null
                ? null
                : new LastError(live.errorCode, String.valueOf(live.errorDetail), live.errorAt);
        String state = error != null ? "failing" : revision == null ? "new" : "ready";
        return new SourceView(source.id, source.tenantId, source.name, source.kind, source.url, source.path, source.ref,
                source.token != null, source.forge, source.intervalSeconds, source.publishTo,
                published == null ? null : published.toString(),
                webhookUrl, webhookSecret, state, revision == null ? null : revision.revision,
                revision == null ? null : revision.number,
                checkedAt, checkedAt == null ? null : Math.max(0, Duration.between(checkedAt, now).toSeconds()), error,
                source.createdAt,
                source.updatedAt, source.version);
    }
}
