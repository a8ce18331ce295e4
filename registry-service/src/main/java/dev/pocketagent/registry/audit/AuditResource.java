package dev.pocketagent.registry.audit;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.ws.rs.GET;
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

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.Cursor;
import dev.pocketagent.kit.http.Page;
import dev.pocketagent.kit.http.Paging;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.RegistryApi;

/** Reading and checking the trail. */
@Path("/api/v1/audit")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "audit")
public class AuditResource {

    /** More chains than this are counted, but not listed, unless they are broken. */
    private static final int LISTED_CHAINS = 1000;

    private final AuditTrail trail;
    private final RowScope rows;
    private final Caller caller;
    private final ObjectMapper json;

    @Inject
    AuditResource(AuditTrail trail, RowScope rows, Caller caller, ObjectMapper json) {
        this.trail = trail;
        this.rows = rows;
        this.caller = caller;
        this.json = json;
    }

    /** The trail, newest row first. */
    @GET
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.TENANT_ADMIN})
    @Transactional
    @Operation(operationId = "listAudit", summary = "Read the audit trail", description = "Newest row first. A tenant's key sees its own tenant's rows.")
    @APIResponse(responseCode = "200", description = "A page of rows.")
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Page<AuditView> list(
            @QueryParam("tenant") @Parameter(description = "Only this tenant's rows, by id. The platform's own are at 00000000-0000-0000-0000-000000000000.") @Nullable String tenant,
            @QueryParam("limit") @Parameter(description = "Rows a page, 1 to 200; 50 unless told.", example = "50") @Nullable Integer limit,
            @QueryParam("cursor") @Parameter(description = "`nextCursor` of the page before.") @Nullable String cursor,
            @Context UriInfo uri) {
        QueryParams.allow(uri, "tenant", "limit", "cursor");
        int size = Paging.limit(limit);
        UUID asked = asked(tenant);
        rows.of(caller);
        if (asked != null) {
            List<AuditRow> found = trail.ofTenant(asked, cursor == null ? Long.MAX_VALUE : seq(cursor), size + 1);
            return Page.of(found, size, this::view, row -> Cursor.encode(String.valueOf(row.seq())));
        }
        List<AuditRow> found = trail.ofAll(cursor == null ? null : place(cursor), size + 1);
        return Page.of(found, size, this::view, row -> Cursor.encode(row.at().toString(), row.tenantId().toString(),
                String.valueOf(row.seq())));
    }

    /** Recomputes every hash. */
    @GET
    @Path("/verify")
    @RolesAllowed({Roles.OPERATOR, Roles.AUDITOR})
    @Transactional
    @Operation(operationId = "verifyAudit", summary = "Check the audit trail", description = "Recomputes every hash of one chain or of all, and names tenant and sequence number of the first row that is wrong. Reads every row: not for every minute.")
    @APIResponse(responseCode = "200", description = "What was found; also when a chain is broken.", content = @Content(schema = @Schema(implementation = VerifyView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public VerifyView verify(
            @QueryParam("tenant") @Parameter(description = "Only this tenant's chain, by id.") @Nullable String tenant,
            @Context UriInfo uri) {
        QueryParams.allow(uri, "tenant");
        UUID asked = asked(tenant);
        rows.of(caller);
        Tally tally = new Tally();
        trail.check(asked, tally::add);
        List<VerifyView.TenantChain> listed = new ArrayList<>(tally.broken);
        listed.addAll(tally.whole.subList(0, Math.min(tally.whole.size(), LISTED_CHAINS - listed.size())));
        return new VerifyView(tally.brokenTenants == 0, tally.tenants, tally.rowCount, listed);
    }

    private static final class Tally {
        private final List<VerifyView.TenantChain> broken = new ArrayList<>();
        private final List<VerifyView.TenantChain> whole = new ArrayList<>();
        private long tenants;
        private long brokenTenants;
        private long rowCount;

        void add(AuditTrail.Checked checked) {
            tenants++;
            rowCount += checked.chain().rows();
            boolean isWhole = checked.chain().firstBreak() == null;
            brokenTenants += isWhole ? 0 : 1;
            List<VerifyView.TenantChain> list = isWhole ? whole : broken;
            if (list.size() < LISTED_CHAINS) {
                list.add(VerifyView.TenantChain.of(checked));
            }
        }
    }

    private @Nullable UUID asked(@Nullable String tenant) {
        if (tenant == null) {
            return caller.tenantId();
        }
        UUID id;
        try {
            id = UUID.fromString(tenant);
        } catch (IllegalArgumentException e) {
            throw ProblemException.invalid("?tenant", "must be a tenant's id");
        }
        caller.mustSee(id);
        return id;
    }

    private static long seq(String cursor) {
        return number(Cursor.decode(cursor, 1).getFirst());
    }

    private static AuditTrail.Place place(String cursor) {
        List<String> parts = Cursor.decode(cursor, 3);
        try {
            return new AuditTrail.Place(Instant.parse(parts.get(0)), UUID.fromString(parts.get(1)),
                    number(parts.get(2)));
        } catch (DateTimeException | IllegalArgumentException e) {
            throw notACursor();
        }
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw notACursor();
        }
    }

    private static ProblemException notACursor() {
        return ProblemException.invalid("?cursor", "is not a cursor of this list");
    }

    private AuditView view(AuditRow row) {
        try {
            return new AuditView(row.seq(), row.tenantId(), row.at(), row.actor().keyId(), row.actor().role(),
                    row.action(), row.target(), json.readTree(row.detail()), row.hash().hex(), row.previous().hex());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The database takes only JSON as detail", e);
        }
    }
}
