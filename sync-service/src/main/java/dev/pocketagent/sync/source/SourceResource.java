package dev.pocketagent.sync.source;

import java.net.URI;
import java.util.List;
import java.util.UUID;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.persistence.Tuple;
import jakarta.persistence.TypedQuery;
import jakarta.transaction.Transactional;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;

import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.Cursor;
import dev.pocketagent.kit.http.ETags;
import dev.pocketagent.kit.http.Idempotent;
import dev.pocketagent.kit.http.Page;
import dev.pocketagent.kit.http.Paging;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.problem.Problem;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.sync.job.Cause;
import dev.pocketagent.sync.job.Operations;

/** Sources over HTTP: make, read, change, delete, and have one looked at now. */
@Path("/api/v1/sources")
public class SourceResource {

    private final Session database;
    private final RowScope rows;
    private final Caller caller;
    private final SourceCreation creation;
    private final Sources sources;
    private final SourceAnswers answers;
    private final Operations operations;

    @Inject
    SourceResource(Session database, RowScope rows, Caller caller, SourceCreation creation, Sources sources,
            SourceAnswers answers, Operations operations) {
        this.database = database;
        this.rows = rows;
        this.caller = caller;
        this.creation = creation;
        this.sources = sources;
        this.answers = answers;
        this.operations = operations;
    }

    @POST
    @RolesAllowed({Roles.OPERATOR, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER})
    @Parameter(name = "Idempotency-Key", in = ParameterIn.HEADER, description = "Makes a retry safe: the same key gives the first answer again, with the same secret, for 24 hours.", schema = @Schema(type = SchemaType.STRING))
    @APIResponse(responseCode = "201", description = "Made; `Location` and `ETag` are set. Its first look is queued.", content = @Content(schema = @Schema(implementation = SourceView.class)))
    @APIResponse(responseCode = "403", description = "Codes: `forbidden`, `tenant_suspended`.", content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(ref = "Problem")))
    @APIResponse(responseCode = "409", description = "Codes: `quota_exceeded` (the tenant has as many sources as it may; `errors` has the figures), `over_quota` (it holds more than its plan allows, and gets nothing new), `conflict`, `idempotency_in_progress`.", content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(ref = "Problem")))
    @APIResponse(responseCode = "503", description = "Code: `dependency_unavailable` (the registry is away, and without it nothing new is made). `Retry-After` says when to try again.", content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(ref = "Problem")))
    public Response create(@NotNull(message = "is needed") @Valid SourceRequest.Create request) {
        return creation.create(caller.requireTenant(request.tenantId()), request);
    }

    @GET
    @Transactional
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.TENANT_ADMIN,
            Roles.TENANT_DEVELOPER})
    public Page<SourceView> list(@QueryParam("tenant") @Nullable UUID tenant, @QueryParam("kind") @Nullable String kind,
            @QueryParam("limit") @Nullable Integer limit, @QueryParam("cursor") @Nullable String cursor,
            @Context UriInfo uri) {
        QueryParams.allow(uri, "tenant", "kind", "limit", "cursor");
        if (kind != null && !kind.equals(Source.GIT) && !kind.equals(Source.LOCAL)) {
            throw ProblemException.invalid("?kind", "must be " + Source.GIT + " or " + Source.LOCAL);
        }
        rows.of(caller);
        UUID own = tenant == null && !caller.isTenantBound() ? null : caller.requireTenant(tenant);
        int size = Paging.limit(limit);
        TypedQuery<Tuple> query = database
                .createQuery("select s, l, r from Source s left join Live l on l.sourceId = s.id"
                        + " left join RevisionRow r on r.sourceId = s.id and r.number = l.number"
                        + " where (:anyTenant = true or s.tenantId = :tenant) and (:anyKind = true or s.kind = :kind) and s.id > :after"
                        + " order by s.id", Tuple.class);
        List<Tuple> found = query.setParameter("anyTenant", own == null)
                .setParameter("tenant", own == null ? new UUID(0, 0) : own)
                .setParameter("anyKind", kind == null).setParameter("kind", kind == null ? "" : kind)
                .setParameter("after", cursor == null ? new UUID(0, 0) : uuid(Cursor.decode(cursor, 1).getFirst()))
                .setMaxResults(size + 1).getResultList();
        return Page.of(found, size,
                row -> answers.view(row.get(0, Source.class), row.get(1, Live.class), row.get(2, RevisionRow.class),
                        null),
                row -> Cursor.encode(row.get(0, Source.class).id.toString()));
    }

    @GET
    @Path("/{id}")
    @Transactional
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.TENANT_ADMIN,
            Roles.TENANT_DEVELOPER})
    public Response get(@PathParam("id") UUID id, @Context UriInfo uri) {
        QueryParams.allow(uri);
        Source source = find(id);
        return answers.of(source, null);
    }

    @PATCH
    @Path("/{id}")
    @Transactional
    @RolesAllowed({Roles.OPERATOR, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER})
    public Response change(@PathParam("id") UUID id, @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch,
            @NotNull(message = "is needed") @Valid SourceRequest.Change request) {
        Source source = find(id);
        ETags.check(ifMatch, source.version);
        return answers.of(source, sources.change(source, request));
    }

    @DELETE
    @Path("/{id}")
    @Transactional
    @RolesAllowed({Roles.OPERATOR, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER})
    public Response delete(@PathParam("id") UUID id, @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch) {
        Source source = find(id);
        ETags.check(ifMatch, source.version);
        sources.delete(source);
        return Response.noContent().build();
    }

    @POST
    @Path("/{id}/sync")
    @Idempotent
    @Transactional
    @RolesAllowed({Roles.OPERATOR, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER})
    public Response sync(@PathParam("id") UUID id) {
        Source source = find(id);
        UUID operation = operations.enqueue(source.tenantId, id, Cause.MANUAL);
        return Response.accepted(new Queued(operation, "sync", id, source.tenantId, "queued"))
                .location(URI.create("/api/v1/operations/" + operation)).build();
    }

    /** A synchronisation that was asked for; the Location tells how it goes. */
    public record Queued(UUID id, String kind, UUID sourceId, UUID tenantId, String state) {}

    private Source find(UUID id) {
        rows.of(caller);
        Source source = database.find(Source.class, id);
        if (source == null) {
            throw ProblemException.notFound("source", id);
        }
        return source;
    }

    private static UUID uuid(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException notOurs) {
            throw ProblemException.invalid("?cursor", "is not a cursor of this list");
        }
    }
}
