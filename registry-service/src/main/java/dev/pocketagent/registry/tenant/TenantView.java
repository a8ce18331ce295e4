package dev.pocketagent.registry.tenant;

import java.time.Instant;
import java.util.UUID;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A tenant as the API shows it.
 *
 * @param planVersion the version of the plan that it keeps until it is moved
 * @param state {@code active}, {@code suspended}, {@code deleting} or {@code deleted}
 * @param reason of the last change of state
 * @param version its ETag
 */
@Schema(name = "Tenant", examples = """
        {"id":"01993c52-7f2a-7c1e-9a61-0f5a3f0c7d11","slug":"acme","name":"Acme Ltd","plan":"team","planVersion":1,
         "state":"active","reason":null,"createdAt":"2026-11-21T10:15:30.123456Z",
         "updatedAt":"2026-11-21T10:15:30.123456Z","version":0}""")
public record TenantView(UUID id, String slug, String name, String plan, int planVersion,
        @Schema(enumeration = {
                "active", "suspended", "deleting", "deleted"}) String state,
        @Nullable String reason,
        Instant createdAt, Instant updatedAt, long version){

    static TenantView of(Tenant tenant) {
        return new TenantView(tenant.id, tenant.slug, tenant.name, tenant.plan, tenant.planVersion, tenant.state,
                tenant.reason, tenant.createdAt, tenant.updatedAt, tenant.version);
    }
}
