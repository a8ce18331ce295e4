package dev.pocketagent.registry.reservation;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
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
import dev.pocketagent.registry.RegistryApi;
import dev.pocketagent.registry.quota.Quotas;
import dev.pocketagent.registry.tenant.Tenant;
import dev.pocketagent.registry.tenant.Tenants;

/** What a tenant may have and has, over HTTP. */
@Path("/api/v1/tenants/{idOrSlug}/quota")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "quotas")
public class QuotaResource {

    private final Quotas quotas;
    private final Tenants tenants;
    private final RowScope rows;
    private final Caller caller;

    @Inject
    QuotaResource(Quotas quotas, Tenants tenants, RowScope rows, Caller caller) {
        this.quotas = quotas;
        this.tenants = tenants;
        this.rows = rows;
        this.caller = caller;
    }

    /** A tenant's figures now. */
    @GET
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.SERVICE, Roles.TENANT_ADMIN,
            Roles.TENANT_DEVELOPER})
    @Transactional
    @Operation(operationId = "getTenantQuota", summary = "Read a tenant's quota", description = "What its plan and its own limits allow, what is used, and what open reservations hold.")
    @APIResponse(responseCode = "200", description = "The figures now.", content = @Content(schema = @Schema(implementation = QuotaView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public QuotaView get(@Parameter(description = "Id or slug.", example = "acme") String idOrSlug,
            @Context UriInfo uri) {
        QueryParams.allow(uri);
        rows.of(caller);
        Tenant tenant = tenants.require(idOrSlug);
        caller.mustSee(tenant.id());
        return QuotaView.of(tenant, quotas.read(tenant.id()));
    }
}
