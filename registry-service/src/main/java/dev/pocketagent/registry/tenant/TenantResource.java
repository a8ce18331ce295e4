package dev.pocketagent.registry.tenant;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PATCH;
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

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.Duties;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.Cursor;
import dev.pocketagent.kit.http.ETags;
import dev.pocketagent.kit.http.Idempotent;
import dev.pocketagent.kit.http.Page;
import dev.pocketagent.kit.http.Paging;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.RegistryApi;
import dev.pocketagent.registry.audit.Actor;
import dev.pocketagent.registry.plan.LimitOverrides;
import dev.pocketagent.registry.plan.Plans;

/** Tenants over HTTP. */
@Path("/api/v1/tenants")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "tenants")
public class TenantResource {

    private static final String ONE_LINE = TenantChanges.ONE_LINE;
    private static final int LONGEST_SEARCH = 100;

    /**
     * A tenant to be made.
     *
     * @param slug its name in addresses; never changes
     * @param plan {@code team} for the newest version of a plan, {@code team@1} for that one
     * @param overrides its own limits, where the plan allows them
     */
    @Schema(name = "NewTenant", examples = "{\"slug\":\"acme\",\"name\":\"Acme Ltd\",\"plan\":\"team\"}")
    public record NewTenant(
            @NotNull(message = "is needed") @Pattern(regexp = Tenants.SLUG, message = Tenants.SLUG_RULE) String slug,
            @NotBlank(message = "is needed") @Size(max = 100, message = "must have at most 100 characters") @Pattern(regexp = ONE_LINE, message = "must be one line") String name,
            @NotNull(message = "is needed") String plan, @Nullable LimitOverrides overrides) {}

    /**
     * What to change; what is left out stays.
     *
     * @param overrides all limits of its own, in place of those it has; {@code null} ends them
     */
    @Schema(name = "TenantChange", examples = "{\"plan\":\"business\"}")
    public record TenantChange(
            @Nullable @Size(min = 1, max = 100, message = "must have 1 to 100 characters") @Pattern(regexp = ONE_LINE, message = "must be one line") String name,
            @Nullable String plan, @Nullable OverridesChange overrides) {}

    private final Tenants tenants;
    private final TenantList list;
    private final TenantChanges changes;
    private final RowScope rows;
    private final Caller caller;

    @Inject
    TenantResource(Tenants tenants, TenantList list, TenantChanges changes, RowScope rows, Caller caller) {
        this.tenants = tenants;
        this.list = list;
        this.changes = changes;
        this.rows = rows;
        this.caller = caller;
    }

    /** Makes a tenant; it is active at once. */
    @POST
    @RolesAllowed(Roles.OPERATOR)
    @Transactional
    @Idempotent
    @Operation(operationId = "createTenant", summary = "Create a tenant", description = "It is active at once. `plan` names a plan, of which it gets the newest version, or a version such as `team@1`. Limits of its own (`overrides`) only where the plan is overridable.")
    @Parameter(name = "Idempotency-Key", in = ParameterIn.HEADER, description = "Makes a retry safe: the same key gives the first answer again, for 24 hours.", schema = @Schema(type = SchemaType.STRING))
    @APIResponse(responseCode = "201", description = "It is there; `Location` and `ETag` are set.", content = @Content(schema = @Schema(implementation = TenantView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "409", description = "Codes: `slug_taken`, `idempotency_in_progress`.", ref = RegistryApi.CLASH)
    @APIResponse(responseCode = "422", ref = RegistryApi.REUSED)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response create(@NotNull @Valid NewTenant wanted, @Context UriInfo uri) {
        QueryParams.allow(uri);
        rows.allTenants();
        Tenant tenant = changes.create(wanted.slug(), wanted.name(), wanted.plan(), wanted.overrides(),
                Actor.of(caller));
        return Response.created(URI.create("/api/v1/tenants/" + tenant.id)).header("ETag", ETags.of(tenant.version))
                .entity(TenantView.of(tenant)).build();
    }

    /** Tenants in the order of their slugs. */
    @GET
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.SERVICE, Duties.FOLLOW_EVENTS,
            Roles.TENANT_ADMIN,
            Roles.TENANT_DEVELOPER})
    @Transactional
    @Operation(operationId = "listTenants", summary = "List tenants", description = "In the order of their slugs; with `q`, first those whose slug begins so, then those whose name does, in the order of their names. A tenant's key sees its own tenant.")
    @APIResponse(responseCode = "200", description = "A page of tenants.")
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Page<TenantView> list(
            @QueryParam("limit") @Parameter(description = "Tenants a page, 1 to 200; 50 unless told.", example = "50") @Nullable Integer limit,
            @QueryParam("cursor") @Parameter(description = "`nextCursor` of the page before.") @Nullable String cursor,
            @QueryParam("q") @Parameter(description = "Begin of the slug or of the name, in any case.", example = "acm") @Nullable String q,
            @QueryParam("state") @Parameter(description = "active, suspended, deleting or deleted.", example = "active") @Nullable String state,
            @QueryParam("plan") @Parameter(description = "Name of a plan.", example = "team") @Nullable String plan,
            @QueryParam("overQuota") @Parameter(description = "true: those that hold more than they may; false: the others.", schema = @Schema(type = SchemaType.BOOLEAN)) @Nullable String overQuota,
            @Context UriInfo uri) {
        QueryParams.allow(uri, "limit", "cursor", "q", "state", "plan", "overQuota");
        int size = Paging.limit(limit);
        if (q != null && (q.length() > LONGEST_SEARCH || !q.matches(ONE_LINE))) {
            throw ProblemException.invalid("?q", "must be one line of at most " + LONGEST_SEARCH + " characters");
        }
        if (plan != null && !Plans.isName(plan)) {
            throw ProblemException.invalid("?plan", "must be the name of a plan");
        }
        if (overQuota != null && !overQuota.equals("true") && !overQuota.equals("false")) {
            throw ProblemException.invalid("?overQuota", "must be true or false");
        }
        TenantState wanted = state == null
                ? null
                : TenantState.ofText(state).orElseThrow(() -> ProblemException
                        .invalid("?state",
                                "must be one of " + Arrays.stream(TenantState.values()).map(TenantState::text)
                                        .collect(Collectors.joining(", "))));
        String after = cursor == null ? null : Cursor.decode(cursor, 1).getFirst();
        if (after != null && !Tenants.isSlug(after)) {
            throw ProblemException.invalid("?cursor", "is not a cursor of this list");
        }
        rows.of(caller);
        List<TenantView> found = list
                .page(new TenantList.Filter(q == null || q.isBlank() ? null : q.strip(), wanted, plan,
                        overQuota == null ? null : overQuota.equals("true")), after, size + 1);
        return Page.of(found, size, Function.identity(), tenant -> Cursor.encode(tenant.slug()));
    }

    /** One tenant. */
    @GET
    @Path("/{idOrSlug}")
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.SERVICE, Duties.RESERVE_QUOTA,
            Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER})
    @Transactional
    @Operation(operationId = "getTenant", summary = "Read a tenant")
    @APIResponse(responseCode = "200", description = "The tenant; `ETag` is set.", content = @Content(schema = @Schema(implementation = TenantView.class)))
    @APIResponse(responseCode = "304", description = "The tenant is as `If-None-Match` says.")
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response get(@Parameter(description = "Id or slug.", example = "acme") String idOrSlug,
            @HeaderParam("If-None-Match") @Nullable String ifNoneMatch, @Context UriInfo uri) {
        QueryParams.allow(uri);
        rows.of(caller);
        Tenant tenant = tenants.require(idOrSlug);
        if (tenant.overQuota) {
            // Ends without a new version, when something is released; so nobody keeps this answer.
            return Response.fromResponse(answer(tenant)).header("Cache-Control", "no-store").build();
        }
        String etag = ETags.of(tenant.version);
        if (ETags.notModified(ifNoneMatch, etag)) {
            return Response.notModified().header("ETag", etag).build();
        }
        return answer(tenant);
    }

    /** Renames a tenant, moves it to another plan, gives it limits of its own. */
    @PATCH
    @Path("/{idOrSlug}")
    @RolesAllowed(Roles.OPERATOR)
    @Transactional
    @Operation(operationId = "changeTenant", summary = "Change a tenant", description = """
            Renames it; moves it up or down to the newest version of a plan (`team`) or to a version (`team@1`); gives it limits of its \
            own, all at once, or ends them (`"overrides": null`). What it holds beyond smaller limits it keeps: `overQuota` is true \
            then, and it gets nothing new until it fits. A plan that is not overridable ends the limits of its own.""")
    @APIResponse(responseCode = "200", description = "The tenant as it is now; `ETag` is set.", content = @Content(schema = @Schema(implementation = TenantView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "412", ref = RegistryApi.STALE)
    @APIResponse(responseCode = "428", ref = RegistryApi.NO_VERSION)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response change(@Parameter(description = "Id or slug.", example = "acme") String idOrSlug,
            @HeaderParam("If-Match") @Parameter(description = "The ETag that was read.", example = "\"0\"") @Nullable String ifMatch,
            @NotNull @Valid TenantChange wanted, @Context UriInfo uri) {
        QueryParams.allow(uri);
        String newName = wanted.name();
        String newPlan = wanted.plan();
        OverridesChange newOverrides = wanted.overrides();
        if (newName == null && newPlan == null && newOverrides == null) {
            throw ProblemException.invalid("/", "is empty; give name, plan, overrides or several of them");
        }
        rows.allTenants();
        Tenant tenant = tenants.requireForChange(idOrSlug);
        ETags.check(ifMatch, tenant.version);
        changes.change(tenant, newName, newPlan, newOverrides, Actor.of(caller));
        return answer(tenant);
    }

    /** Stops everything of a tenant and begins its days of grace. */
    @DELETE
    @Path("/{idOrSlug}")
    @RolesAllowed(Roles.OPERATOR)
    @Transactional
    @Operation(operationId = "deleteTenant", summary = "Delete a tenant", description = "Its keys are refused everywhere within 5 seconds and its stacks stop. Its data is kept until `purgeAfter`, 30 days unless configured otherwise, and then erased; until then it can be had back with `undelete`.")
    @APIResponse(responseCode = "200", description = "The tenant, in state `deleting`; `ETag` is set.", content = @Content(schema = @Schema(implementation = TenantView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "409", description = "Code: `illegal_transition`; the detail names the steps that are possible.", ref = RegistryApi.CLASH)
    @APIResponse(responseCode = "412", ref = RegistryApi.STALE)
    @APIResponse(responseCode = "428", ref = RegistryApi.NO_VERSION)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response delete(@Parameter(description = "Id or slug.", example = "acme") String idOrSlug,
            @HeaderParam("If-Match") @Parameter(description = "The ETag that was read.", example = "\"0\"") @Nullable String ifMatch,
            @QueryParam("reason") @Parameter(description = "Why; one line of 1 to 500 characters. Needed.", required = true, example = "contract ended") @Nullable String reason,
            @Context UriInfo uri) {
        QueryParams.allow(uri, "reason");
        if (reason == null || reason.isBlank() || reason.length() > TenantChanges.LONGEST_REASON
                || !reason.matches(ONE_LINE)) {
            throw ProblemException.invalid("?reason", "is needed: one line of 1 to "
                    + TenantChanges.LONGEST_REASON + " characters");
        }
        rows.allTenants();
        Tenant tenant = tenants.requireForChange(idOrSlug);
        ETags.check(ifMatch, tenant.version);
        changes.delete(tenant, reason, Actor.of(caller));
        return answer(tenant);
    }

    static Response answer(Tenant tenant) {
        return Response.ok(TenantView.of(tenant)).header("ETag", ETags.of(tenant.version)).build();
    }
}
