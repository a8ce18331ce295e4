package dev.pocketagent.registry.audit;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Semaphore;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;

import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.Cursor;
import dev.pocketagent.kit.http.Page;
import dev.pocketagent.kit.http.Paging;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.RegistryApi;
import dev.pocketagent.registry.Sql;
import io.smallrye.common.annotation.RunOnVirtualThread;

/** Checking the chains, and what to note of them elsewhere. */
@Path("/api/v1/audit")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "audit")
public class ChainResource {

    /** More chains than this are counted, but not listed, unless they are broken. */
    private static final int LISTED_CHAINS = 1000;
    private static final int MOST_HEADS = 10_000;

    /** Ends of chains that were noted elsewhere. */
    @Schema(name = "NotedHeads")
    public record Heads(
            @Size(min = 1, max = MOST_HEADS, message = "must be 1 to 10000 heads") List<@NotNull(message = "is needed") @Valid HeadView> heads) {

        public Heads {
            // Not List.copyOf: validation tells which one is null.
            heads = heads == null ? List.of() : Collections.unmodifiableList(new ArrayList<>(heads));
        }
    }

    private final ChainScan scan;
    private final NotedHeads noted;
    private final RowScope rows;
    private final Sql sql;
    private final Caller caller;
    /** A check of all chains takes a minute of both cores; several at once would only take them from each other. */
    private final Semaphore checkOfAll = new Semaphore(1);

    @Inject
    ChainResource(ChainScan scan, NotedHeads noted, RowScope rows, Sql sql, Caller caller) {
        this.scan = scan;
        this.noted = noted;
        this.rows = rows;
        this.sql = sql;
        this.caller = caller;
    }

    /** The ends of all chains. */
    @GET
    @Path("/heads")
    @RolesAllowed({Roles.OPERATOR, Roles.AUDITOR})
    @Transactional
    @Operation(operationId = "listAuditHeads", summary = "Read the ends of the chains", description = "In the order of the tenants' ids. Note them elsewhere and have them checked later: a head that is no longer in its chain means that rows were cut off or written anew.")
    @APIResponse(responseCode = "200", description = "A page of heads.")
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Page<HeadView> heads(
            @QueryParam("limit") @Parameter(description = "Heads a page, 1 to 200; 50 unless told.", example = "50") @Nullable Integer limit,
            @QueryParam("cursor") @Parameter(description = "`nextCursor` of the page before.") @Nullable String cursor,
            @Context UriInfo uri) {
        QueryParams.allow(uri, "limit", "cursor");
        int size = Paging.limit(limit);
        UUID after = cursor == null ? null : tenant(Cursor.decode(cursor, 1).getFirst());
        rows.of(caller);
        List<HeadView> found = sql.run(connection -> {
            try (PreparedStatement query = connection.prepareStatement("select tenant_id, seq, hash from audit_head"
                    + (after == null ? "" : " where tenant_id > ?") + " order by tenant_id limit ?")) {
                int place = 1;
                if (after != null) {
                    query.setObject(place++, after);
                }
                query.setInt(place, size + 1);
                List<HeadView> heads = new ArrayList<>();
                try (ResultSet result = query.executeQuery()) {
                    while (result.next()) {
                        heads.add(HeadView.of(new Head.Noted(result.getObject(1, UUID.class),
                                new Head(result.getLong(2), new Hash(result.getBytes(3))))));
                    }
                }
                return heads;
            }
        });
        return Page.of(found, size, head -> head, head -> Cursor.encode(head.tenantId().toString()));
    }

    private static UUID tenant(String cursor) {
        try {
            return UUID.fromString(cursor);
        } catch (IllegalArgumentException e) {
            throw ProblemException.invalid("?cursor", "is not a cursor of this list");
        }
    }

    /** Recomputes every hash. */
    @GET
    @Path("/verify")
    @RolesAllowed({Roles.OPERATOR, Roles.AUDITOR})
    @RunOnVirtualThread
    @Operation(operationId = "verifyAudit", summary = "Check the audit trail", description = """
            Recomputes every hash of one chain or of all, and names tenant and sequence number of the first row that is wrong. \\
            Where ends of chains are noted in a directory (`pocket.registry.audit.heads-dir`), each chain must hold its newest \\
            noted one. Reads every row: ten million take about a minute, so not for every minute; one check of all runs at a \\
            time in each replica.""")
    @APIResponse(responseCode = "200", description = "What was found; also when a chain is broken.", content = @Content(schema = @Schema(implementation = VerifyView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "429", description = "A check of all chains is running. Code: `rate_limited`.")
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public VerifyView verify(
            @QueryParam("tenant") @Parameter(description = "Only this tenant's chain, by id.") @Nullable String tenant,
            @Context UriInfo uri) {
        QueryParams.allow(uri, "tenant");
        UUID asked = AuditQuery.tenant(tenant, caller);
        if (asked != null) {
            Tally tally = new Tally(noted.inFiles(asked));
            scan.one(asked, tally::add);
            return tally.view();
        }
        if (!checkOfAll.tryAcquire()) {
            throw new ProblemException(CommonProblem.RATE_LIMITED,
                    "A check of all chains is running. Wait for its end.",
                    List.of(), Duration.ofSeconds(30));
        }
        try {
            Tally tally = new Tally(noted.inFiles(null));
            scan.all(tally::add);
            return tally.view();
        } finally {
            checkOfAll.release();
        }
    }

    /** Compares with ends that somebody noted. */
    @POST
    @Path("/verify")
    @RolesAllowed({Roles.OPERATOR, Roles.AUDITOR})
    @RunOnVirtualThread
    @Operation(operationId = "verifyAuditHeads", summary = "Check noted heads", description = "Checks the chains of the tenants that the heads belong to, as `GET` does, and that each head is in its chain. For heads that were noted outside of the platform: they show a cut tail whatever was changed in the database. Changes nothing.")
    @APIResponse(responseCode = "200", description = "What was found; also when a chain is broken.", content = @Content(schema = @Schema(implementation = VerifyView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public VerifyView verify(@NotNull @Valid Heads given, @Context UriInfo uri) {
        QueryParams.allow(uri);
        List<Head.Noted> heads = given.heads().stream().map(HeadView::noted).toList();
        Set<UUID> tenants = new LinkedHashSet<>(heads.stream().map(Head.Noted::tenantId).toList());
        Tally tally = new Tally(noted.among(heads));
        tenants.forEach(tenant -> scan.one(tenant, tally::add));
        return tally.view();
    }

    private static final class Tally {
        private final NotedHeads.@Nullable Compared compared;
        private final Map<UUID, ChainCheck.Break> missing;
        private final Set<UUID> seen = new HashSet<>();
        private final List<VerifyView.TenantChain> broken = new ArrayList<>();
        private final List<VerifyView.TenantChain> whole = new ArrayList<>();
        private long tenants;
        private long brokenTenants;
        private long rowCount;

        Tally(NotedHeads.@Nullable Compared compared) {
            this.compared = compared;
            this.missing = compared == null ? Map.of() : new HashMap<>(compared.missing());
        }

        void add(ChainScan.Checked checked) {
            tenants++;
            rowCount += checked.chain().rows();
            ChainCheck.Break headMissing = missing.get(checked.tenantId());
            if (headMissing != null) {
                seen.add(checked.tenantId());
                checked.chain().found(headMissing);
            }
            boolean isWhole = checked.chain().firstBreak() == null;
            brokenTenants += isWhole ? 0 : 1;
            List<VerifyView.TenantChain> list = isWhole ? whole : broken;
            if (list.size() < LISTED_CHAINS) {
                list.add(VerifyView.TenantChain.of(checked));
            }
        }

        VerifyView view() {
            // Of these nothing at all is left, neither rows nor a noted end.
            missing.forEach((tenant, head) -> {
                if (seen.add(tenant)) {
                    ChainCheck nothing = new ChainCheck(new Chain());
                    nothing.found(head);
                    tenants++;
                    brokenTenants++;
                    if (broken.size() < LISTED_CHAINS) {
                        broken.add(VerifyView.TenantChain.of(new ChainScan.Checked(tenant, nothing)));
                    }
                }
            });
            Comparator<VerifyView.TenantChain> byTenant = Comparator.comparing(chain -> chain.tenantId().toString());
            broken.sort(byTenant);
            whole.sort(byTenant);
            List<VerifyView.TenantChain> listed = new ArrayList<>(broken);
            listed.addAll(whole.subList(0, Math.min(whole.size(), LISTED_CHAINS - listed.size())));
            VerifyView.NotedEnds ends = compared == null
                    ? null
                    : new VerifyView.NotedEnds(compared.heads(), compared.files(), compared.damagedFiles());
            boolean filesAreWhole = compared == null || compared.damagedFiles().isEmpty();
            return new VerifyView(brokenTenants == 0 && filesAreWhole, tenants, rowCount, ends, listed);
        }
    }
}
