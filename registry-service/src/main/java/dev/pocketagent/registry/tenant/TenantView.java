package dev.pocketagent.registry.tenant;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.registry.plan.LimitOverrides;

/**
 * A tenant as the API shows it.
 *
 * @param planVersion the version of the plan that it keeps until it is moved
 * @param overrides its own limits; null when all are the plan's
 * @param externalIds what it is called in other systems
 * @param overQuota whether it holds more than it may; then it gets nothing new until it fits
 * @param state {@code active}, {@code suspended}, {@code deleting} or {@code deleted}
 * @param reason of the last change of state
 * @param stateChangedBy the key that changed the state; null when the platform itself did
 * @param purgeAfter when a tenant that is being deleted will be erased; null in other states
 * @param version its ETag
 */
@Schema(name = "Tenant", examples = """
        {"id":"01993c52-7f2a-7c1e-9a61-0f5a3f0c7d11","slug":"acme","name":"Acme Ltd","plan":"team","planVersion":1,
         "overrides":null,"externalIds":{"coolify_project_uuid":"wc4o8s4gk0s8"},"overQuota":false,
         "state":"active","reason":null,"stateChangedAt":"2026-11-21T10:15:30.123456Z",
         "stateChangedBy":"01993c50-0d0e-7aa0-8d3e-51a3a0f2b6c4","purgeAfter":null,
         "createdAt":"2026-11-21T10:15:30.123456Z","updatedAt":"2026-11-21T10:15:30.123456Z","version":0}""")
public record TenantView(UUID id, String slug, String name, String plan, int planVersion,
        @Nullable LimitOverrides overrides, Map<String, String> externalIds, boolean overQuota,
        @Schema(enumeration = {
                "active", "suspended", "deleting", "deleted"}) String state,
        @Nullable String reason,
        @Nullable Instant stateChangedAt, @Nullable UUID stateChangedBy, @Nullable Instant purgeAfter,
        Instant createdAt, Instant updatedAt, long version){

    static TenantView of(Tenant tenant) {
        return new TenantView(tenant.id, tenant.slug, tenant.name, tenant.plan, tenant.planVersion, tenant.overrides(),
                tenant.externalIds, tenant.overQuota, tenant.state, tenant.reason, tenant.stateChangedAt,
                tenant.stateChangedBy, tenant.purgeAfter, tenant.createdAt, tenant.updatedAt, tenant.version);
    }
}
