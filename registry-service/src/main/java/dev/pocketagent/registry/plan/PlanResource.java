package dev.pocketagent.registry.plan;

import java.net.URI;
import java.util.List;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
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
import dev.pocketagent.kit.http.Idempotent;
import dev.pocketagent.kit.http.Page;
import dev.pocketagent.kit.http.Paging;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.RegistryApi;
import dev.pocketagent.registry.audit.Actor;

/** Plans over HTTP. */
@Path("/api/v1/plans")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.SERVICE, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER})
@Tag(name = "plans")
public class PlanResource {

    /**
     * The next version of a plan.
     *
     * @param limits what differs from the version before; everything for a new plan
     * @param rank its place in lists, smallest plan first; needed for a new plan, else kept
     * @param overridable whether a tenant of it may have limits of its own; kept, or false for a new plan
     */
    @Schema(name = "NewPlanVersion", examples = "{\"limits\":{\"stacks\":12,\"memoryMib\":24576}}")
    public record NewPlanVersion(@Nullable LimitOverrides limits,
            @Nullable @Min(value = 0, message = "must be from 0 to 1000000") @Max(value = 1_000_000, message = "must be from 0 to 1000000") Integer rank,
            @Nullable Boolean overridable) {}

    private final Plans plans;
    private final RowScope rows;
    private final Caller caller;

    @Inject
    PlanResource(Plans plans, RowScope rows, Caller caller) {
        this.plans = plans;
        this.rows = rows;
        this.caller = caller;
    }

    /** All plans, smallest first; few, so always on one page. */
    @GET
    @Operation(operationId = "listPlans", summary = "List the plans", description = "The newest version of each plan, smallest first.")
    @APIResponse(responseCode = "200", description = "All plans, on one page.")
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Page<PlanView> list(@Context UriInfo uri) {
        QueryParams.allow(uri);
        return new Page<>(plans.newest(), null);
    }

    /** One plan in its newest version. */
    @GET
    @Path("/{name}")
    @Operation(operationId = "getPlan", summary = "Read a plan", description = "Its newest version.")
    @APIResponse(responseCode = "200", description = "The plan.", content = @Content(schema = @Schema(implementation = PlanView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public PlanView get(@Parameter(example = "team") String name, @Context UriInfo uri) {
        QueryParams.allow(uri);
        return plans.newest(known(name)).orElseThrow(() -> ProblemException.notFound("plan", name));
    }

    /** All versions of a plan, newest first. */
    @GET
    @Path("/{name}/versions")
    @Transactional
    @Operation(operationId = "listPlanVersions", summary = "List the versions of a plan", description = "Newest first. A version never changes and never goes.")
    @APIResponse(responseCode = "200", description = "A page of versions.")
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Page<PlanView> versions(@Parameter(example = "team") String name,
            @QueryParam("limit") @Parameter(description = "Versions a page, 1 to 200; 50 unless told.", example = "50") @Nullable Integer limit,
            @QueryParam("cursor") @Parameter(description = "`nextCursor` of the page before.") @Nullable String cursor,
            @Context UriInfo uri) {
        QueryParams.allow(uri, "limit", "cursor");
        int size = Paging.limit(limit);
        List<PlanView> found = plans.versions(known(name), cursor == null ? Integer.MAX_VALUE : below(cursor),
                size + 1);
        if (found.isEmpty() && cursor == null) {
            throw ProblemException.notFound("plan", name);
        }
        return Page.of(found, size, view -> view, view -> Cursor.encode(String.valueOf(view.version())));
    }

    /** One version of a plan. */
    @GET
    @Path("/{name}/versions/{version}")
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.SERVICE, Duties.RESERVE_QUOTA,
            Roles.TENANT_ADMIN,
            Roles.TENANT_DEVELOPER})
    @Operation(operationId = "getPlanVersion", summary = "Read a version of a plan")
    @APIResponse(responseCode = "200", description = "The version.", content = @Content(schema = @Schema(implementation = PlanView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public PlanView version(@Parameter(example = "team") String name, @Parameter(example = "1") String version,
            @Context UriInfo uri) {
        QueryParams.allow(uri);
        if (!version.matches("[1-9][0-9]{0,8}")) {
            throw ProblemException.notFound("version", version);
        }
        return plans.version(known(name), Integer.parseInt(version))
                .orElseThrow(() -> ProblemException.notFound("plan", name + "@" + version));
    }

    /** Adds a version to a plan, or a plan to the catalogue. */
    @POST
    @Path("/{name}/versions")
    @RolesAllowed(Roles.OPERATOR)
    @Transactional
    @Idempotent
    @Operation(operationId = "createPlanVersion", summary = "Add a version of a plan", description = "Figures that are left out are as in the version before. A new name makes a new plan, which needs all figures and a rank. Tenants keep the version they have until they are moved; new ones get the newest.")
    @Parameter(name = "Idempotency-Key", in = ParameterIn.HEADER, description = "Makes a retry safe: the same key gives the first answer again, for 24 hours.", schema = @Schema(type = SchemaType.STRING))
    @APIResponse(responseCode = "201", description = "It is there, for good; `Location` is set.", content = @Content(schema = @Schema(implementation = PlanView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "409", description = "Codes: `conflict` when nothing would differ from the version before, `idempotency_in_progress`.", ref = RegistryApi.CLASH)
    @APIResponse(responseCode = "422", ref = RegistryApi.REUSED)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response add(
            @Parameter(description = "Small letters, digits and hyphens, at most 40.", example = "team") String name,
            @NotNull @Valid NewPlanVersion wanted, @Context UriInfo uri) {
        QueryParams.allow(uri);
        if (!Plans.isName(name)) {
            throw ProblemException.invalid("{name}",
                    "must be 1 to 40 small letters, digits and hyphens, and begin with a letter");
        }
        rows.allTenants();
        LimitOverrides limits = wanted.limits();
        PlanView made = plans.add(name, limits == null ? LimitOverrides.NONE : limits, wanted.rank(),
                wanted.overridable(), Actor.of(caller));
        return Response.created(URI.create("/api/v1/plans/" + name + "/versions/" + made.version())).entity(made)
                .build();
    }

    private static String known(String name) {
        if (!Plans.isName(name)) {
            throw ProblemException.notFound("plan", name);
        }
        return name;
    }

    private static int below(String cursor) {
        try {
            return Integer.parseInt(Cursor.decode(cursor, 1).getFirst());
        } catch (NumberFormatException e) {
            throw ProblemException.invalid("?cursor", "is not a cursor of this list");
        }
    }
}
