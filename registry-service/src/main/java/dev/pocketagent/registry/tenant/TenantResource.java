package dev.pocketagent.registry.tenant;

import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.PlanLimits;
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
import dev.pocketagent.registry.audit.AuditLog;
import dev.pocketagent.registry.event.Outbox;
import dev.pocketagent.registry.plan.Plans;
import dev.pocketagent.registry.tenant.TenantLifecycle.Outcome;
import dev.pocketagent.registry.tenant.TenantLifecycle.Step;

/** Tenants over HTTP. */
@Path("/api/v1/tenants")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "tenants")
public class TenantResource {

    private static final String ONE_LINE = "[^\\p{Cntrl}]*";
    private static final java.util.regex.Pattern PLAN = java.util.regex.Pattern.compile("[a-z][a-z0-9-]{0,39}");
    private static final int LONGEST_SEARCH = 100;

    /**
     * A tenant to be made.
     *
     * @param slug its name in addresses; never changes
     * @param plan name of a plan, of which it gets the newest version
     */
    @Schema(name = "NewTenant", examples = "{\"slug\":\"acme\",\"name\":\"Acme Ltd\",\"plan\":\"team\"}")
    public record NewTenant(
            @NotNull(message = "is needed") @Pattern(regexp = Tenants.SLUG, message = "must be 1 to 40 small letters, digits and hyphens, begin with a letter and not end with a hyphen") String slug,
            @NotBlank(message = "is needed") @Size(max = 100, message = "must have at most 100 characters") @Pattern(regexp = ONE_LINE, message = "must be one line") String name,
            @NotNull(message = "is needed") String plan) {}

    /** What to change; what is left out stays. */
    @Schema(name = "TenantChange", examples = "{\"plan\":\"business\"}")
    public record TenantChange(
            @Nullable @Size(min = 1, max = 100, message = "must have 1 to 100 characters") @Pattern(regexp = ONE_LINE, message = "must be one line") String name,
            @Nullable String plan) {}

    /** Why a tenant changes its state; kept with the tenant and in the audit trail. */
    @Schema(name = "Reason", examples = "{\"reason\":\"invoice 42 unpaid\"}")
    public record Reason(
            @NotBlank(message = "is needed") @Size(max = 500, message = "must have at most 500 characters") @Pattern(regexp = ONE_LINE, message = "must be one line") String reason) {}

    private final Tenants tenants;
    private final Plans plans;
    private final AuditLog audit;
    private final Outbox outbox;
    private final RowScope rows;
    private final Caller caller;
    private final Clock clock;

    @Inject
    TenantResource(Tenants tenants, Plans plans, AuditLog audit, Outbox outbox, RowScope rows, Caller caller,
            Clock clock) {
        this.tenants = tenants;
        this.plans = plans;
        this.audit = audit;
        this.outbox = outbox;
        this.rows = rows;
        this.caller = caller;
        this.clock = clock;
    }

    /** Makes a tenant; it is active at once. */
    @POST
    @RolesAllowed(Roles.OPERATOR)
    @Transactional
    @Idempotent
    @Operation(operationId = "createTenant", summary = "Create a tenant", description = "It is active at once, on the newest version of its plan.")
    @Parameter(name = "Idempotency-Key", in = ParameterIn.HEADER, description = "Makes a retry safe: the same key gives the first answer again, for 24 hours.", schema = @Schema(type = org.eclipse.microprofile.openapi.annotations.enums.SchemaType.STRING))
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
        PlanLimits plan = plan(wanted.plan());
        Instant now = now();
        Tenant tenant = new Tenant();
        tenant.id = Ids.next(clock);
        tenant.slug = wanted.slug();
        tenant.name = wanted.name().strip();
        tenant.plan = plan.plan();
        tenant.planVersion = plan.version();
        tenant.state = TenantState.ACTIVE.text();
        tenant.createdAt = now;
        tenant.updatedAt = now;
        if (!tenants.add(tenant)) {
            throw new ProblemException(TenantProblem.SLUG_TAKEN, "Choose another slug than '" + tenant.slug + "'.");
        }
        record(tenant, "tenant.create", "tenant.created", Map.of("slug", tenant.slug, "name", tenant.name, "plan",
                tenant.plan, "planVersion", tenant.planVersion));
        return Response.created(URI.create("/api/v1/tenants/" + tenant.id)).header("ETag", ETags.of(tenant.version))
                .entity(TenantView.of(tenant)).build();
    }

    /** Tenants in the order of their slugs. */
    @GET
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.SERVICE, Roles.TENANT_ADMIN,
            Roles.TENANT_DEVELOPER})
    @Transactional
    @Operation(operationId = "listTenants", summary = "List tenants", description = "In the order of their slugs. A tenant's key sees its own tenant.")
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
            @Context UriInfo uri) {
        QueryParams.allow(uri, "limit", "cursor", "q", "state", "plan");
        int size = Paging.limit(limit);
        if (q != null && (q.length() > LONGEST_SEARCH || !q.matches(ONE_LINE))) {
            throw ProblemException.invalid("?q", "must be one line of at most " + LONGEST_SEARCH + " characters");
        }
        if (plan != null && !PLAN.matcher(plan).matches()) {
            throw ProblemException.invalid("?plan", "must be the name of a plan");
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
        List<Tenant> found = tenants.page(q == null || q.isBlank() ? null : q.strip(), wanted, plan, after, size + 1);
        return Page.of(found, size, TenantView::of, tenant -> Cursor.encode(tenant.slug));
    }

    /** One tenant. */
    @GET
    @Path("/{idOrSlug}")
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.SERVICE, Roles.TENANT_ADMIN,
            Roles.TENANT_DEVELOPER})
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
        String etag = ETags.of(tenant.version);
        if (ETags.notModified(ifNoneMatch, etag)) {
            return Response.notModified().header("ETag", etag).build();
        }
        return answer(tenant);
    }

    /** Renames a tenant or moves it to another plan. */
    @PATCH
    @Path("/{idOrSlug}")
    @RolesAllowed(Roles.OPERATOR)
    @Transactional
    @Operation(operationId = "changeTenant", summary = "Change a tenant", description = "Renames it, or moves it to the newest version of a plan, up or down. Naming the plan it has moves it to that plan's newest version.")
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
        if (newName == null && newPlan == null) {
            throw ProblemException.invalid("/", "is empty; give name, plan or both");
        }
        if (newName != null && newName.isBlank()) {
            throw ProblemException.invalid("/name", "must not be blank");
        }
        rows.allTenants();
        Tenant tenant = tenants.requireForChange(idOrSlug);
        ETags.check(ifMatch, tenant.version);
        Map<String, Object> changes = new HashMap<>();
        if (newName != null && !newName.strip().equals(tenant.name)) {
            changes.put("name", Map.of("from", tenant.name, "to", newName.strip()));
            tenant.name = newName.strip();
        }
        if (newPlan != null) {
            PlanLimits plan = plan(newPlan);
            if (!plan.plan().equals(tenant.plan) || plan.version() != tenant.planVersion) {
                changes.put("plan", Map.of("from", tenant.plan + "@" + tenant.planVersion, "to",
                        plan.plan() + "@" + plan.version()));
                tenant.plan = plan.plan();
                tenant.planVersion = plan.version();
            }
        }
        if (!changes.isEmpty()) {
            tenant.changed(now());
            record(tenant, "tenant.update", "tenant.updated", changes);
        }
        return answer(tenant);
    }

    /** Stops everything of a tenant and keeps its data. */
    @POST
    @Path("/{idOrSlug}/suspend")
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT})
    @Transactional
    @Operation(operationId = "suspendTenant", summary = "Suspend a tenant", description = "Its keys are refused everywhere within 5 seconds and its stacks stop; its data is kept.")
    @APIResponse(responseCode = "200", description = "The tenant as it is now; `ETag` is set.", content = @Content(schema = @Schema(implementation = TenantView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "409", description = "Code: `illegal_transition`; the detail names the steps that are possible.", ref = RegistryApi.CLASH)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response suspend(@Parameter(description = "Id or slug.", example = "acme") String idOrSlug,
            @NotNull @Valid Reason why, @Context UriInfo uri) {
        QueryParams.allow(uri);
        return step(idOrSlug, Step.SUSPEND, "tenant.suspended", why);
    }

    /** Lets a suspended tenant work again. */
    @POST
    @Path("/{idOrSlug}/resume")
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT})
    @Transactional
    @Operation(operationId = "resumeTenant", summary = "Resume a tenant", description = "Its keys work again.")
    @APIResponse(responseCode = "200", description = "The tenant as it is now; `ETag` is set.", content = @Content(schema = @Schema(implementation = TenantView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "409", description = "Code: `illegal_transition`; the detail names the steps that are possible.", ref = RegistryApi.CLASH)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response resume(@Parameter(description = "Id or slug.", example = "acme") String idOrSlug,
            @NotNull @Valid Reason why, @Context UriInfo uri) {
        QueryParams.allow(uri);
        return step(idOrSlug, Step.RESUME, "tenant.resumed", why);
    }

    private Response step(String idOrSlug, Step step, String eventType, Reason why) {
        rows.allTenants();
        Tenant tenant = tenants.requireForChange(idOrSlug);
        switch (TenantLifecycle.ask(tenant.state(), step)) {
            case Outcome.Moved(TenantState to) -> {
                tenant.state = to.text();
                tenant.reason = why.reason().strip();
                tenant.changed(now());
                record(tenant, "tenant." + step.text(), eventType, Map.of("reason", why.reason().strip()));
            }
            case Outcome.Refused(List<Step> allowed) -> throw new ProblemException(TenantProblem.ILLEGAL_TRANSITION,
                    "The tenant is " + tenant.state + ". From there " + (allowed.isEmpty()
                            ? "no step is possible."
                            : "these steps are possible: " + allowed.stream().map(Step::text)
                                    .collect(Collectors.joining(", ")) + "."));
        }
        return answer(tenant);
    }

    private void record(Tenant tenant, String action, String eventType, Map<String, ?> detail) {
        Map<String, @Nullable Object> data = new HashMap<>();
        data.put("slug", tenant.slug);
        data.put("name", tenant.name);
        data.put("plan", tenant.plan);
        data.put("planVersion", tenant.planVersion);
        data.put("state", tenant.state);
        data.put("reason", tenant.reason);
        outbox.publish(audit.append(tenant.id, Actor.of(caller), action, "tenant/" + tenant.id, detail), eventType,
                data);
    }

    private PlanLimits plan(String name) {
        List<PlanLimits> all = plans.newest();
        return all.stream().filter(plan -> plan.plan().equals(name)).findFirst()
                .orElseThrow(() -> ProblemException.invalid("/plan", "must be one of "
                        + all.stream().map(PlanLimits::plan).collect(Collectors.joining(", "))));
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    private static Response answer(Tenant tenant) {
        return Response.ok(TenantView.of(tenant)).header("ETag", ETags.of(tenant.version)).build();
    }
}
