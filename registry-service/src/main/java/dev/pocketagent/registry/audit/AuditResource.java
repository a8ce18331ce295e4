package dev.pocketagent.registry.audit;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
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
import dev.pocketagent.kit.http.Times;
import dev.pocketagent.kit.http.WholeBody;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.Names;
import dev.pocketagent.registry.RegistryApi;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;

/** Reading the trail. */
@Path("/api/v1/audit")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "audit")
public class AuditResource {

    private static final DateTimeFormatter FILE_TIME = DateTimeFormatter
            .ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final AuditTrail trail;
    private final Details details;
    private final AuditExport export;
    private final Names names;
    private final RowScope rows;
    private final Caller caller;
    private final Clock clock;

    @Inject
    AuditResource(AuditTrail trail, Details details, AuditExport export, Names names, RowScope rows, Caller caller,
            Clock clock) {
        this.trail = trail;
        this.details = details;
        this.export = export;
        this.names = names;
        this.rows = rows;
        this.caller = caller;
        this.clock = clock;
    }

    /** The trail, newest row first. */
    @GET
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.TENANT_ADMIN})
    @Transactional
    @Operation(operationId = "listAudit", summary = "Read the audit trail", description = """
            Newest row first. A tenant's key sees its own tenant's rows. Filters may be combined, and a cursor goes on under \
            any of them. `detail` is `{"erased":true}` once the tenant is purged; the rows stay. `tenantSlug` and `actorName` say \
            what tenant and key are called now, where that is known and the caller may see it.""")
    @APIResponse(responseCode = "200", description = "A page of rows.")
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Page<AuditView> list(@BeanParam AuditQuery query,
            @QueryParam("limit") @Parameter(description = "Rows a page, 1 to 200; 50 unless told.", example = "50") @Nullable Integer limit,
            @QueryParam("cursor") @Parameter(description = "`nextCursor` of the page before.") @Nullable String cursor,
            @Context UriInfo uri) {
        QueryParams.allow(uri, AuditQuery.names("limit", "cursor"));
        int size = Paging.limit(limit);
        AuditFilter filter = query.filter(caller, uri);
        UUID tenant = filter.tenant();
        AuditTrail.Place after = cursor == null ? null : place(cursor, tenant);
        rows.of(caller);
        List<AuditRow> found = trail.page(filter, after, size + 1);
        List<AuditRow> shown = found.size() > size ? found.subList(0, size) : found;
        return new Page<>(details.views(shown, names.of(ids(shown))),
                found.size() > size ? cursor(shown.getLast(), tenant != null) : null);
    }

    private static Set<UUID> ids(List<AuditRow> rows) {
        Set<UUID> ids = new HashSet<>();
        for (AuditRow row : rows) {
            ids.add(row.tenantId());
            UUID actor = row.actor().keyId();
            if (actor != null) {
                ids.add(actor);
            }
        }
        return ids;
    }

    /** The trail as a file. */
    @GET
    @Path("/export")
    @Produces(MediaType.WILDCARD)
    @RolesAllowed({Roles.OPERATOR, Roles.AUDITOR, Roles.TENANT_ADMIN})
    @RunOnVirtualThread
    @Operation(operationId = "exportAudit", summary = "Take the audit trail as a file", description = """
            All rows that the filters let through, newest first, as CSV (RFC 4180, with a header; a text that a spreadsheet \
            would take for a formula gets an apostrophe in front) or as JSON lines. The export itself is recorded as \
            `audit.export`, with its filters. A file that cannot be finished is broken off: the transfer then ends with an \
            error, never as if it were whole.""")
    @APIResponse(responseCode = "200", description = "The rows, as they come.", content = {
            @Content(mediaType = "text/csv", schema = @Schema(implementation = String.class)),
            @Content(mediaType = "application/jsonl", schema = @Schema(implementation = AuditView.class))})
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response export(@BeanParam AuditQuery query,
            @QueryParam("format") @Parameter(description = "csv or jsonl; csv unless told.", example = "jsonl") @Nullable String format,
            @Context UriInfo uri, @Context HttpServerRequest request) {
        QueryParams.allow(uri, AuditQuery.names("format"));
        AuditExport.Format wanted = format == null
                ? AuditExport.Format.CSV
                : Arrays.stream(AuditExport.Format.values()).filter(one -> one.text().equals(format)).findFirst()
                        .orElseThrow(() -> ProblemException.invalid("?format", "must be csv or jsonl"));
        AuditFilter filter = query.filter(caller, uri);
        export.record(Actor.of(caller), filter, wanted);
        StreamingOutput body = new WholeBody(request, out -> export.write(filter, wanted, out));
        return Response.ok(body, wanted.mediaType).header("Content-Disposition",
                "attachment; filename=\"audit-" + FILE_TIME.format(clock.instant()) + "." + wanted.text() + "\"")
                .build();
    }

    private static String cursor(AuditRow row, boolean ofOneTenant) {
        String seq = String.valueOf(row.seq());
        return ofOneTenant ? Cursor.encode(seq) : Cursor.encode(row.at().toString(), row.tenantId().toString(), seq);
    }

    private static AuditTrail.Place place(String cursor, @Nullable UUID tenant) {
        try {
            if (tenant != null) {
                return new AuditTrail.Place(Instant.EPOCH, tenant,
                        Long.parseLong(Cursor.decode(cursor, 1).getFirst()));
            }
            List<String> parts = Cursor.decode(cursor, 3);
            // The checksum is no secret: whoever makes up a cursor can give it any time.
            Instant at = Times.within("?cursor", Instant.parse(parts.get(0)));
            return new AuditTrail.Place(at, UUID.fromString(parts.get(1)), Long.parseLong(parts.get(2)));
        } catch (DateTimeException | IllegalArgumentException e) {
            throw ProblemException.invalid("?cursor", "is not a cursor of this list");
        }
    }
}
