package dev.pocketagent.registry.key;

import java.net.URI;
import java.util.List;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.validation.Valid;
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
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.ETags;
import dev.pocketagent.kit.http.Idempotent;
import dev.pocketagent.kit.http.Page;
import dev.pocketagent.kit.http.Paging;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.registry.RegistryApi;
import dev.pocketagent.registry.audit.Actor;
import dev.pocketagent.registry.tenant.Tenant;
import dev.pocketagent.registry.tenant.Tenants;

/** A tenant's keys over HTTP. */
@Path("/api/v1/tenants/{idOrSlug}/keys")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "keys")
public class TenantKeyResource {

    private final Keys keys;
    private final Tenants tenants;
    private final RowScope rows;
    private final Caller caller;

    @Inject
    TenantKeyResource(Keys keys, Tenants tenants, RowScope rows, Caller caller) {
        this.keys = keys;
        this.tenants = tenants;
        this.rows = rows;
        this.caller = caller;
    }

    /** Makes a key for a tenant. */
    @POST
    @RolesAllowed({Roles.OPERATOR, Roles.TENANT_ADMIN, Roles.SERVICE})
    @Transactional
    @Idempotent
    @Operation(operationId = "createTenantKey", summary = "Issue a key of a tenant", description = "Roles: `tenant-admin`, `tenant-developer`, `agent`. The answer holds the secret, which is never shown again. Services may issue `agent` keys only. The key never lasts longer than the one that the call is made with, an operator's excepted.")
    @Parameter(name = "Idempotency-Key", in = ParameterIn.HEADER, description = "Makes a retry safe: the same key gives the first answer again, with the same secret, for 24 hours.", schema = @Schema(type = SchemaType.STRING))
    @APIResponse(responseCode = "201", description = "The key with its secret; `Location` and `ETag` are set.", content = @Content(schema = @Schema(implementation = IssuedKey.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "409", description = "Codes: `key_limit`, `over_quota`, `tenant_gone`, `idempotency_in_progress`.", ref = RegistryApi.CLASH)
    @APIResponse(responseCode = "422", ref = RegistryApi.REUSED)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response create(@Parameter(description = "Id or slug.", example = "acme") String idOrSlug,
            @NotNull @Valid NewKey wanted, @Context UriInfo uri) {
        QueryParams.allow(uri);
        KeyResource.checkGrant(wanted, caller, Roles.OF_TENANTS);
        rows.of(caller);
        Tenant tenant = tenants.requireForChange(idOrSlug);
        caller.mustSee(tenant.id());
        IssuedKey issued = keys.issue(tenant, wanted, KeyResource.latestEnd(caller), Actor.of(caller));
        return Response.created(URI.create("/api/v1/keys/" + issued.id())).header("ETag", ETags.of(issued.version()))
                .entity(issued).build();
    }

    /** A tenant's keys, oldest first. */
    @GET
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.SERVICE, Roles.TENANT_ADMIN})
    @Transactional
    @Operation(operationId = "listTenantKeys", summary = "List a tenant's keys", description = "Oldest first, ended ones included unless `state` says otherwise. Never shows a secret.")
    @APIResponse(responseCode = "200", description = "A page of keys.")
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Page<KeyView> list(@Parameter(description = "Id or slug.", example = "acme") String idOrSlug,
            @QueryParam("limit") @Parameter(description = "Keys a page, 1 to 200; 50 unless told.", example = "50") @Nullable Integer limit,
            @QueryParam("cursor") @Parameter(description = "`nextCursor` of the page before.") @Nullable String cursor,
            @QueryParam("role") @Parameter(description = "tenant-admin, tenant-developer or agent.", example = "agent") @Nullable String role,
            @QueryParam("state") @Parameter(description = "active, expired or revoked.", example = "active") @Nullable String state,
            @Context UriInfo uri) {
        QueryParams.allow(uri, "limit", "cursor", "role", "state");
        int size = Paging.limit(limit);
        KeyResource.checkRole(role, "?role", Roles.OF_TENANTS);
        KeyState only = KeyState.asked(state);
        rows.of(caller);
        Tenant tenant = tenants.require(idOrSlug);
        caller.mustSee(tenant.id());
        List<StoredKey> found = keys.page(tenant.id(), role, only, KeyResource.after(cursor), size + 1);
        return Page.of(found, size, keys::view, KeyResource::cursor);
    }
}
