package dev.pocketagent.registry.tenant;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;

import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.RegistryApi;
import dev.pocketagent.registry.audit.Actor;

/** The steps of a tenant's life over HTTP. Deleting is with the tenant itself. */
@Path("/api/v1/tenants")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "tenants")
public class TenantStepResource {

    private static final String ONE_LINE = TenantChanges.ONE_LINE;

    /** Why a tenant changes its state; kept with the tenant and in the audit trail. */
    @Schema(name = "Reason", examples = "{\"reason\":\"invoice 42 unpaid\"}")
    public record Reason(
            @NotBlank(message = "is needed") @Size(max = TenantChanges.LONGEST_REASON, message = "must have at most 500 characters") @Pattern(regexp = ONE_LINE, message = "must be one line") String reason) {}

    /**
     * Why a tenant is erased before its grace is over.
     *
     * @param confirm the tenant's slug, so that nobody erases the wrong one
     */
    @Schema(name = "Erasure", examples = "{\"reason\":\"erasure asked for by the customer\",\"confirm\":\"acme\"}")
    public record Erasure(
            @NotBlank(message = "is needed") @Size(max = TenantChanges.LONGEST_REASON, message = "must have at most 500 characters") @Pattern(regexp = ONE_LINE, message = "must be one line") String reason,
            @NotNull(message = "is needed: the tenant's slug") String confirm) {}

    private final Tenants tenants;
    private final TenantChanges changes;
    private final RowScope rows;
    private final Caller caller;

    @Inject
    TenantStepResource(Tenants tenants, TenantChanges changes, RowScope rows, Caller caller) {
        this.tenants = tenants;
        this.changes = changes;
        this.rows = rows;
        this.caller = caller;
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
        Tenant tenant = forChange(idOrSlug);
        changes.suspend(tenant, why.reason(), Actor.of(caller));
        return TenantResource.answer(tenant);
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
        Tenant tenant = forChange(idOrSlug);
        changes.resume(tenant, why.reason(), Actor.of(caller));
        return TenantResource.answer(tenant);
    }

    /** Takes a deletion back. */
    @POST
    @Path("/{idOrSlug}/undelete")
    @RolesAllowed(Roles.OPERATOR)
    @Transactional
    @Operation(operationId = "undeleteTenant", summary = "Take a deletion back", description = "Possible until the grace is over. The tenant is active or suspended again, as it was before.")
    @APIResponse(responseCode = "200", description = "The tenant as it is now; `ETag` is set.", content = @Content(schema = @Schema(implementation = TenantView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "409", description = "Code: `illegal_transition`; the detail names the steps that are possible.", ref = RegistryApi.CLASH)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response undelete(@Parameter(description = "Id or slug.", example = "acme") String idOrSlug,
            @NotNull @Valid Reason why, @Context UriInfo uri) {
        QueryParams.allow(uri);
        Tenant tenant = forChange(idOrSlug);
        changes.undelete(tenant, why.reason(), Actor.of(caller));
        return TenantResource.answer(tenant);
    }

    /** Erases a deleted tenant at once. */
    @POST
    @Path("/{idOrSlug}/purge")
    @RolesAllowed(Roles.OPERATOR)
    @Transactional
    @Operation(operationId = "purgeTenant", summary = "Erase a tenant now", description = "Ends the grace of a tenant that is being deleted: its keys, reservations and name go, its data key is destroyed, and what its events and its audit trail told cannot be read any more. The trail still verifies. Nothing brings it back.")
    @APIResponse(responseCode = "200", description = "The tenant as it is now; `ETag` is set.", content = @Content(schema = @Schema(implementation = TenantView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "409", description = "Code: `illegal_transition`; the detail names the steps that are possible.", ref = RegistryApi.CLASH)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response purge(@Parameter(description = "Id or slug.", example = "acme") String idOrSlug,
            @NotNull @Valid Erasure why, @Context UriInfo uri) {
        QueryParams.allow(uri);
        Tenant tenant = forChange(idOrSlug);
        if (!why.confirm().equals(tenant.slug)) {
            throw ProblemException.invalid("/confirm", "must be the slug of this tenant");
        }
        changes.purge(tenant, why.reason(), Actor.of(caller));
        return TenantResource.answer(tenant);
    }

    private Tenant forChange(String idOrSlug) {
        rows.allTenants();
        return tenants.requireForChange(idOrSlug);
    }
}
