package dev.pocketagent.provisioner.stack;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;

import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.Cursor;
import dev.pocketagent.kit.http.ETags;
import dev.pocketagent.kit.http.Page;
import dev.pocketagent.kit.http.Paging;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.Problem;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.kit.registry.TenantAccount;
import dev.pocketagent.kit.registry.TenantAccounts;
import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.Change;
import dev.pocketagent.provisioner.backend.Observed;
import dev.pocketagent.provisioner.compose.ComposeDocument;
import dev.pocketagent.provisioner.plan.Planner;
import dev.pocketagent.provisioner.policy.Draft;
import dev.pocketagent.provisioner.stack.StackViews.Accepted;
import dev.pocketagent.provisioner.stack.StackViews.LogView;
import dev.pocketagent.provisioner.stack.StackViews.PlanView;
import dev.pocketagent.provisioner.stack.StackViews.StackView;
import dev.pocketagent.provisioner.stack.StackViews.Wanted;
import dev.pocketagent.provisioner.tree.Trees;

/** Planning, applying, reading and deleting stacks. */
@Path("/api/v1/stacks")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER})
@Tag(name = "stacks")
public class StackResource {

    private final Stacks stacks;
    private final StackStore store;
    private final Compiler compiler;
    private final Backends backends;
    private final TenantAccounts accounts;
    private final Applying applying;
    private final RowScope rows;
    private final Caller caller;
    private final Clock clock;

    @Inject
    StackResource(Stacks stacks, StackStore store, Compiler compiler, Backends backends, TenantAccounts accounts,
            Applying applying, RowScope rows, Caller caller, Clock clock) {
        this.stacks = stacks;
        this.store = store;
        this.compiler = compiler;
        this.backends = backends;
        this.accounts = accounts;
        this.applying = applying;
        this.rows = rows;
        this.caller = caller;
        this.clock = clock;
    }

    /** What applying would do, without doing it. */
    @POST
    @Path("/plan")
    @RolesAllowed({Roles.OPERATOR, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER})
    @Operation(operationId = "planStack", summary = "Plan a stack", description = "Dry run of an apply: template, policy and quota are "
            + "checked, and what would change is listed.")
    public PlanView plan(@NotNull(message = "is needed") @Valid Wanted wanted, @Context UriInfo uri) {
        QueryParams.allow(uri);
        UUID tenant = caller.requireTenant(wanted.tenantId());
        TenantAccount account = accounts.of(caller, tenant);
        Stacks.Prepared prepared = rows.inTenant(tenant, () -> stacks.prepare(account, wanted, Ids.next(clock)));
        Observed observed = observe(prepared);
        List<Change> changes = Planner.apply(prepared.spec(), observed);
        return new PlanView(changes.stream().map(change -> Changes.view(change, prepared.spec())).toList(),
                Trees.toJson(ComposeDocument.of(
                        prepared.spec())),
                prepared.choice().backend().name(), prepared.choice().reason(), prepared.warnings(),
                prepared.spec().hash(), prepared.spec().cpuMillis(), prepared.spec().memoryMib());
    }

    /** Creates the stack of this name or brings it to these parameters. */
    @POST
    @RolesAllowed({Roles.OPERATOR, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER})
    @Operation(operationId = "applyStack", summary = "Apply a stack", description = "Creates the stack of this name, or updates it. The "
            + "work is an operation, named in Location. Nothing to do is an operation without mutating calls. What it takes of the tenant's "
            + "quota (stacks, cpuMillis, memoryMib, volumes) is held at the registry until the stack is gone.")
    @Parameter(name = "Idempotency-Key", in = ParameterIn.HEADER, description = "Makes a retry safe: the same key gives the first answer again, for 24 hours.", schema = @Schema(type = SchemaType.STRING))
    @APIResponse(responseCode = "202", description = "Stored and queued.", content = @Content(schema = @Schema(implementation = Accepted.class)))
    @APIResponse(responseCode = "403", description = "Codes: `forbidden`, `template_not_allowed`, `tenant_suspended`.", content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(ref = "Problem")))
    @APIResponse(responseCode = "409", description = "Codes: `quota_exceeded` (less is left of the tenant's quota than this needs; `errors` has the figures), `over_quota` (the tenant holds more than its plan allows, and nothing of it may grow), `conflict`, `idempotency_in_progress`.", content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(ref = "Problem")))
    @APIResponse(responseCode = "503", description = "Codes: `dependency_unavailable` (the registry is away, and without it nothing may grow), `backend_unavailable`. `Retry-After` says when to try again.", content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(ref = "Problem")))
    public Response apply(@NotNull(message = "is needed") @Valid Wanted wanted, @Context UriInfo uri) {
        QueryParams.allow(uri);
        return applying.apply(caller.requireTenant(wanted.tenantId()), wanted);
    }

    @GET
    @Transactional
    @Operation(operationId = "listStacks", summary = "List stacks", description = "Oldest first, without what runs now.")
    public Page<StackView> list(@QueryParam("tenant") @Nullable UUID tenant,
            @QueryParam("limit") @Nullable Integer limit,
            @QueryParam("cursor") @Nullable String cursor, @Context UriInfo uri) {
        QueryParams.allow(uri, "tenant", "limit", "cursor");
        int size = Paging.limit(limit);
        UUID after = cursor == null ? null : id(Cursor.decode(cursor, 1).getFirst());
        UUID only = caller.isTenantBound() ? caller.requireTenant(tenant) : tenant;
        rows.of(caller);
        return Page.of(store.page(only, after, size + 1), size, row -> StackReport.stored(row),
                row -> Cursor.encode(row.id().toString()));
    }

    @GET
    @Path("/{id}")
    @Operation(operationId = "getStack", summary = "Read a stack", description = "With what runs now, as its backend tells.")
    @APIResponse(responseCode = "200", description = "The stack.", content = @Content(schema = @Schema(implementation = StackView.class)))
    public Response get(UUID id, @Context UriInfo uri) {
        QueryParams.allow(uri);
        record Found(StackRow row, Map<String, Draft.Versioned> secrets) {}
        Found found = rows.inAllTenants(() -> {
            rows.of(caller);
            StackRow row = find(id);
            return new Found(row, store.sealedSecrets(id));
        });
        StackView view;
        try {
            // Versions are enough to compare; the values stay sealed.
            view = StackReport.of(found.row(), found.secrets().keySet(),
                    Optional.of(compiler.compile(found.row(), found.secrets()).spec()),
                    Optional.of(backends.get(found.row().backend()).observe(found.row().stackId())));
        } catch (BackendException e) {
            view = StackReport.of(found.row(), found.secrets().keySet(), Optional.empty(), Optional.empty());
        }
        return Response.ok(view).tag(String.valueOf(found.row().version())).build();
    }

    /** The last lines that one service wrote. */
    @GET
    @Path("/{id}/logs")
    @Operation(operationId = "readStackLogs", summary = "Read a service's log")
    public LogView logs(UUID id, @QueryParam("service") @Nullable String service,
            @QueryParam("lines") @Nullable Integer lines,
            @Context UriInfo uri) {
        QueryParams.allow(uri, "service", "lines");
        int wanted = lines == null ? 100 : lines;
        if (wanted < 1 || wanted > 10_000) {
            throw ProblemException.invalid("?lines", "must be from 1 to 10000");
        }
        record Found(StackRow row, Map<String, Draft.Versioned> secrets) {}
        Found found = rows.inAllTenants(() -> {
            rows.of(caller);
            return new Found(find(id), store.sealedSecrets(id));
        });
        try {
            List<String> names = compiler.compile(found.row(), found.secrets()).spec().startOrder();
            String name = service == null && names.size() == 1 ? names.getFirst() : service;
            if (name == null || !names.contains(name)) {
                throw ProblemException.invalid("?service", "must be one of " + String.join(", ", names));
            }
            return new LogView(name, backends.get(found.row().backend()).logs(found.row().stackId(), name, wanted));
        } catch (BackendException e) {
            throw problem(e);
        }
    }

    /** Removes all that runs, with its data, and then the stack itself. */
    @DELETE
    @Path("/{id}")
    @Transactional
    @RolesAllowed({Roles.OPERATOR, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER})
    @Operation(operationId = "deleteStack", summary = "Delete a stack", description = "With its volumes. The work is an operation.")
    @APIResponse(responseCode = "202", description = "Queued.", content = @Content(schema = @Schema(implementation = Accepted.class)))
    public Response delete(UUID id, @HeaderParam("If-Match") @Nullable String ifMatch, @Context UriInfo uri) {
        QueryParams.allow(uri);
        rows.of(caller);
        StackRow row = find(id);
        ETags.check(ifMatch, row.version());
        return StackTransaction.accepted(stacks.delete(row, caller.keyId()));
    }

    private StackRow find(UUID id) {
        return store.find(id).orElseThrow(() -> ProblemException.notFound("stack", id));
    }

    private Observed observe(Stacks.Prepared prepared) {
        try {
            return prepared.choice().backend().observe(prepared.id());
        } catch (BackendException e) {
            throw problem(e);
        }
    }

    private static ProblemException problem(BackendException e) {
        return switch (e.kind()) {
            case UNSUPPORTED -> new ProblemException(CommonProblem.CONFLICT, e.getMessage());
            case REFUSED -> new ProblemException(ProvisionerProblem.POLICY_REFUSED, e.getMessage());
            default -> new ProblemException(ProvisionerProblem.BACKEND_UNAVAILABLE, e.getMessage(), List.of(),
                    Duration.ofSeconds(5));
        };
    }

    private static UUID id(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw ProblemException.invalid("?cursor", "is not a cursor of this list");
        }
    }
}
