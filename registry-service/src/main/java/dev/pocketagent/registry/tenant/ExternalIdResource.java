package dev.pocketagent.registry.tenant;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.PUT;
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
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.registry.RegistryApi;
import dev.pocketagent.registry.audit.Actor;

/** What a tenant is called in other systems, over HTTP. */
@Path("/api/v1/tenants/{idOrSlug}/external-ids")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "tenants")
public class ExternalIdResource {

    /**
     * An id that another system gave.
     *
     * @param value 1 to 200 characters
     */
    @Schema(name = "ExternalId", examples = "{\"value\":\"wc4o8s4gk0s8\"}")
    public record ExternalId(@NotNull(message = "is needed") String value) {}

    private final Tenants tenants;
    private final TenantChanges changes;
    private final RowScope rows;
    private final Caller caller;

    @Inject
    ExternalIdResource(Tenants tenants, TenantChanges changes, RowScope rows, Caller caller) {
        this.tenants = tenants;
        this.changes = changes;
        this.rows = rows;
        this.caller = caller;
    }

    /** Notes an id. */
    @PUT
    @Path("/{name}")
    @RolesAllowed({Roles.OPERATOR, Roles.SERVICE})
    @Transactional
    @Operation(operationId = "putTenantExternalId", summary = "Note an external id", description = "What a tenant is called in another system; at most 20 a tenant.")
    @APIResponse(responseCode = "200", description = "The tenant as it is now; `ETag` is set.", content = @Content(schema = @Schema(implementation = TenantView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "409", description = "Code: `tenant_inactive`: the tenant is erased.", ref = RegistryApi.CLASH)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response put(@Parameter(description = "Id or slug.", example = "acme") String idOrSlug,
            @Parameter(description = "Small letters, digits and underscores, at most 64.", example = "coolify_project_uuid") String name,
            @NotNull @Valid ExternalId wanted, @Context UriInfo uri) {
        QueryParams.allow(uri);
        return change(idOrSlug, name, wanted.value());
    }

    /** Forgets an id. */
    @DELETE
    @Path("/{name}")
    @RolesAllowed({Roles.OPERATOR, Roles.SERVICE})
    @Transactional
    @Operation(operationId = "deleteTenantExternalId", summary = "Forget an external id", description = "One that is not there is forgotten already.")
    @APIResponse(responseCode = "200", description = "The tenant as it is now; `ETag` is set.", content = @Content(schema = @Schema(implementation = TenantView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "409", description = "Code: `tenant_inactive`: the tenant is erased.", ref = RegistryApi.CLASH)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response delete(@Parameter(description = "Id or slug.", example = "acme") String idOrSlug,
            @Parameter(example = "coolify_project_uuid") String name, @Context UriInfo uri) {
        QueryParams.allow(uri);
        return change(idOrSlug, name, null);
    }

    private Response change(String idOrSlug, String name, @Nullable String value) {
        rows.allTenants();
        Tenant tenant = tenants.requireForChange(idOrSlug);
        changes.externalId(tenant, name, value, Actor.of(caller));
        return TenantResource.answer(tenant);
    }
}
