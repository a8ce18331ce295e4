package dev.pocketagent.registry.pocketbase;

import java.time.Instant;
import java.util.Locale;
import java.util.UUID;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.pocketagent.registry.pocketbase.Report.Failure;

/**
 * How the bridge stands.
 *
 * @param configured whether it has an address
 * @param interval time between runs in ISO-8601, {@code PT0S} for runs by hand only
 * @param running id of the run that goes on now
 * @param nextRun when one is due; absent for runs by hand only
 * @param lastRun the last one, failed or not
 * @param lastSuccessAt when one last came to its end
 * @param lastError why the last run failed; absent when it did not
 * @param drift what the last run that came to its end found
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@Schema(name = "PocketBaseStatus", examples = """
        {"configured":true,"url":"http://pocketbase:8090","collection":"tenants","conflict":"report","dryRun":false,
         "interval":"PT1M","nextRun":"2026-11-21T10:16:30.923456Z",
         "lastRun":{"id":"01993c52-7f2a-7c1e-9a61-0f5a3f0c7d11","trigger":"interval","dryRun":false,
           "startedAt":"2026-11-21T10:15:30.123456Z","finishedAt":"2026-11-21T10:15:30.923456Z",
           "outcome":"completed"},
         "lastSuccessAt":"2026-11-21T10:15:30.923456Z","drift":{"drift":1,"conflicts":0,"bad":0,"missing":0}}""")
public record Status(boolean configured, @Nullable String url, @Nullable String collection,
        @Schema(enumeration = {
                "registry-wins", "pocketbase-wins", "report"}) @Nullable String conflict,
        @Nullable Boolean dryRun, @Nullable String interval, @Nullable UUID running, @Nullable Instant nextRun,
        @Nullable LastRun lastRun, @Nullable Instant lastSuccessAt, @Nullable Failure lastError,
        @Nullable Drift drift){

    static final Status OFF = new Status(false, null, null, null, null, null, null, null, null, null, null, null);

    /** A run, without its lines. */
    @Schema(name = "PocketBaseRun")
    public record LastRun(UUID id, @Schema(enumeration = {
            "interval", "hand"}) String trigger, boolean dryRun,
            Instant startedAt, Instant finishedAt,
            @Schema(enumeration = {"completed", "partial", "failed"}) String outcome){

        static LastRun of(Report report) {
            return new LastRun(report.id(), report.trigger(), report.dryRun(), report.startedAt(),
                    report.finishedAt(), report.outcome());
        }
    }

    /** What differs and is not put right by itself. */
    @Schema(name = "PocketBaseDrift")
    public record Drift(int drift, int conflicts, int bad, int missing) {}

    static Status of(PocketBaseConfig config, Turn.State state, @Nullable Instant next, @Nullable Report last,
            @Nullable Report whole) {
        String url;
        Failure wrong = null;
        try {
            url = Settings.of(config).base().toString();
        } catch (PocketBaseException e) {
            // It may hold credentials where none belong.
            url = null;
            wrong = new Failure(e.trouble().code(), e.getMessage());
        }
        return new Status(true, url, config.collection(),
                config.conflict().name().toLowerCase(Locale.ROOT).replace('_', '-'), config.dryRun(),
                config.interval().toString(), state.holder(), next, last == null ? null : LastRun.of(last),
                state.lastSuccessAt(), wrong != null || last == null ? wrong : last.error(),
                whole == null
                        ? null
                        : new Drift(whole.counts().drift(), whole.counts().conflicts(), whole.counts().bad(),
                                whole.counts().missing()));
    }
}
