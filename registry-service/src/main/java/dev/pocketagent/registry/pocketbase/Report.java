package dev.pocketagent.registry.pocketbase;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;

import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * What a run did, or would do. Stored reports of a version after this one may have more fields.
 *
 * @param trigger {@code interval} or {@code hand}
 * @param dryRun whether nothing was changed
 * @param outcome {@code completed}; {@code partial} when single records failed; {@code failed} when the run did not come to
 *        its end
 * @param error why it failed; only then
 * @param warnings what is odd about the list as a whole
 * @param lines at most 1000, in the order of the records' ids
 * @param truncated whether there were more lines
 */
@RegisterForReflection
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
@Schema(name = "PocketBaseReport", examples = """
        {"id":"01993c52-7f2a-7c1e-9a61-0f5a3f0c7d11","trigger":"interval","dryRun":false,
         "startedAt":"2026-11-21T10:15:30.123456Z","finishedAt":"2026-11-21T10:15:30.923456Z","outcome":"completed",
         "counts":{"records":12,"unchanged":9,"created":1,"linked":0,"renamed":0,"moved":0,"suspended":1,"resumed":0,
           "written":2,"drift":1,"conflicts":0,"bad":0,"missing":0,"failed":0},
         "warnings":[],"lines":[
           {"kind":"create","done":true,"recordId":"gjv2tf537mo6dgn","slug":"acme",
            "tenantId":"01993c52-1111-7c1e-9a61-0f5a3f0c7d11","field":"plan","to":"team"},
           {"kind":"suspend","done":true,"recordId":"nh1k61mkdj2i83t","slug":"beta",
            "tenantId":"01993c52-2222-7c1e-9a61-0f5a3f0c7d11","field":"state","from":"active","to":"suspended"}],
         "truncated":false}""")
public record Report(UUID id, @Schema(enumeration = {
        "interval", "hand"}) String trigger, boolean dryRun,
        Instant startedAt, Instant finishedAt,
        @Schema(enumeration = {"completed", "partial", "failed"}) String outcome,
        @Nullable Failure error, Counts counts, List<String> warnings, List<Line> lines, boolean truncated){

    static final String BY_INTERVAL = "interval";
    static final String BY_HAND = "hand";
    static final String COMPLETED = "completed";
    static final String PARTIAL = "partial";
    static final String FAILED = "failed";

    public Report {
        warnings = List.copyOf(warnings);
        lines = List.copyOf(lines);
    }

    /** The report without what it says about these tenants. */
    Report without(Set<UUID> tenantIds) {
        return new Report(id, trigger, dryRun, startedAt, finishedAt, outcome, error, counts, warnings,
                lines.stream().filter(line -> line.tenantId() == null || !tenantIds.contains(line.tenantId()))
                        .toList(),
                truncated);
    }

    /** Whether somebody only wanted to look: it then says nothing about how the bridge fares. */
    boolean onlyLooks() {
        return dryRun && trigger.equals(BY_HAND);
    }

    /** Tenants that it says something about. */
    Set<UUID> ofTenants() {
        return lines.stream().map(Line::tenantId).filter(Objects::nonNull).collect(Collectors.toSet());
    }

    /**
     * Why a run failed.
     *
     * @param code stable, for example {@code not_superuser}
     * @param detail what happened and what to do
     */
    @RegisterForReflection
    @JsonIgnoreProperties(ignoreUnknown = true)
    @Schema(name = "PocketBaseFailure", examples = """
            {"code":"token_expired","detail":"The token in /run/secrets/pocketbase is over since 2026-11-20T00:00:00Z"}""")
    public record Failure(String code, String detail) {}

    /**
     * How much there was of each.
     *
     * @param records read
     * @param unchanged records with nothing to do and nothing to say
     * @param linked records that now stand for a tenant that was there already
     * @param written records that got fields written
     * @param missing linked tenants whose record is gone; part of {@code drift}
     * @param failed records where something could not be done
     */
    @RegisterForReflection
    @JsonIgnoreProperties(ignoreUnknown = true)
    @Schema(name = "PocketBaseCounts")
    public record Counts(int records, int unchanged, int created, int linked, int renamed, int moved, int suspended,
            int resumed, int written, int drift, int conflicts, int bad, int missing, int failed) {

        static final Counts NONE = new Counts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /**
     * One thing about one record.
     *
     * @param done whether it was done; false in a dry run, for what failed, and for what is only said
     * @param from the value before; for drift and conflicts the registry's
     * @param to the value after; for drift and conflicts PocketBase's
     */
    @RegisterForReflection
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @Schema(name = "PocketBaseLine")
    public record Line(
            @Schema(enumeration = {"create", "link", "rename", "move_plan", "suspend", "resume", "write", "drift",
                    "conflict", "bad", "missing", "failed"}) String kind,
            boolean done, @Nullable String recordId, @Nullable String slug, @Nullable UUID tenantId,
            @Nullable String field, @Nullable String from, @Nullable String to, @Nullable String reason){}
}
