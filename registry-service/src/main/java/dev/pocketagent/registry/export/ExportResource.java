package dev.pocketagent.registry.export;

import java.io.BufferedOutputStream;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import jakarta.ws.rs.core.UriInfo;

import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.http.WholeBody;
import dev.pocketagent.registry.RegistryApi;
import dev.pocketagent.registry.audit.Actor;
import dev.pocketagent.registry.audit.AuditLog;
import dev.pocketagent.registry.tenant.Tenant;
import dev.pocketagent.registry.tenant.Tenants;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;

/** The export over HTTP. */
@Path("/api/v1/tenants/{idOrSlug}/export")
@Tag(name = "tenants")
public class ExportResource {

    private static final DateTimeFormatter FILE_TIME = DateTimeFormatter
            .ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final String ZIP = "application/zip";

    private final Tenants tenants;
    private final TenantExport export;
    private final AuditLog audit;
    private final RowScope scope;
    private final Caller caller;
    private final Clock clock;

    @Inject
    ExportResource(Tenants tenants, TenantExport export, AuditLog audit, RowScope scope, Caller caller, Clock clock) {
        this.tenants = tenants;
        this.export = export;
        this.audit = audit;
        this.scope = scope;
        this.caller = caller;
        this.clock = clock;
    }

    /** All of a tenant's data. */
    @GET
    @Produces(MediaType.WILDCARD)
    @RolesAllowed({Roles.OPERATOR, Roles.AUDITOR, Roles.TENANT_ADMIN})
    @RunOnVirtualThread
    @Operation(operationId = "exportTenant", summary = "Take a tenant's data as a zip file", description = """
            JSON and JSON lines: the tenant, its plan and quota, keys (never their secrets or digests), reservations, audit \\
            trail, events, webhooks and their deliveries, PocketBase link, with a README.txt. `manifest.json` is the last file and names each one with rows, bytes \\
            and SHA-256: an export without it was cut off. An export that cannot be finished is broken off, never ended as if \\
            it were whole. Recorded as `tenant.export`.""")
    @APIResponse(responseCode = "200", description = "The zip file, as it is made.", content = @Content(mediaType = ZIP, schema = @Schema(type = SchemaType.STRING, format = "binary")))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response export(@Parameter(description = "Id or slug.", example = "acme") String idOrSlug,
            @Context UriInfo uri, @Context HttpServerRequest request) {
        QueryParams.allow(uri);
        Actor actor = Actor.of(caller);
        UUID own = caller.tenantId();
        Supplier<Tenant> recorded = () -> {
            Tenant tenant = tenants.require(idOrSlug);
            // Lasting: there is nothing personal in it, and a purged tenant must not get a new data key by being exported.
            audit.appendLasting(tenant.id(), actor, "tenant.export", "tenant/" + tenant.id(), Map.of());
            return tenant;
        };
        Tenant tenant = own == null ? scope.inAllTenants(recorded) : scope.inTenant(own, recorded);
        UUID id = tenant.id();
        String slug = tenant.slug();
        StreamingOutput body = new WholeBody(request,
                out -> export.write(id, slug, new BufferedOutputStream(out, 64 * 1024)));
        return Response.ok(body, ZIP).header("Content-Disposition",
                "attachment; filename=\"tenant-" + slug + "-" + FILE_TIME.format(clock.instant()) + ".zip\"").build();
    }
}
