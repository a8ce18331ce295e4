package dev.pocketagent.registry.pocketbase;

import java.util.Map;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.transaction.Transactional.TxType;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.registry.audit.Actor;
import dev.pocketagent.registry.audit.AuditLog;
import dev.pocketagent.registry.tenant.Tenant;
import dev.pocketagent.registry.tenant.TenantChanges;
import dev.pocketagent.registry.tenant.TenantState;
import dev.pocketagent.registry.tenant.Tenants;

/** Carries actions out on tenants, inside the caller's transaction that sees all of them. */
@ApplicationScoped
@Transactional(TxType.MANDATORY)
class TenantSide {

    private final Tenants tenants;
    private final TenantChanges changes;
    private final AuditLog audit;

    @Inject
    TenantSide(Tenants tenants, TenantChanges changes, AuditLog audit) {
        this.tenants = tenants;
        this.changes = changes;
        this.audit = audit;
    }

    /**
     * Does all actions of an item, or none.
     *
     * @return the tenant's id; null when it is not any more as it was when the actions were decided on
     * @throws dev.pocketagent.kit.problem.ProblemException when the tenant takes one of them not
     */
    @Nullable
    UUID apply(Item item, String collection) {
        LocalTenant known = item.tenant();
        String why = "PocketBase record " + item.of().id();
        Tenant tenant = known == null ? null : tenants.requireForChange(known.id().toString());
        if (tenant != null && known != null && tenant.version() != known.version()) {
            return null;
        }
        for (Action action : item.actions()) {
            if (action instanceof Action.Create(String slug, String name, String plan, boolean suspended)) {
                tenant = changes.create(slug, name, plan, null, Actor.SYSTEM);
                recordLink(tenant.id(), item.of().id(), collection);
                if (suspended) {
                    tenant = tenants.requireForChange(tenant.id().toString());
                    changes.suspend(tenant, why + " says suspended", Actor.SYSTEM);
                }
                continue;
            }
            if (tenant == null) {
                throw new IllegalStateException("Only a new tenant has no tenant yet");
            }
            switch (action) {
                case Action.Create create -> throw new IllegalStateException("Done above");
                case Action.Adopt(UUID id) -> recordLink(id, item.of().id(), collection);
                case Action.Rename(String from, String to) -> changes.change(tenant, to, null, null, Actor.SYSTEM);
                case Action.MovePlan(String from, String to) -> changes.change(tenant, null, to, null, Actor.SYSTEM);
                case Action.Suspend suspend -> changes.suspend(tenant, why + " says suspended", Actor.SYSTEM);
                case Action.Resume resume -> changes.resume(tenant, why + " says active", Actor.SYSTEM);
            }
        }
        if (tenant == null) {
            throw new IllegalStateException("An item with actions has a tenant");
        }
        return tenant.id();
    }

    private void recordLink(UUID tenantId, String recordId, String collection) {
        audit.append(tenantId, Actor.SYSTEM, "pocketbase.link", "pocketbase/" + recordId,
                Map.of("collection", collection));
    }

    /** Keeps a tenant from being erased until the transaction ends; false when it is erased already. */
    boolean holdUnlessErased(UUID tenantId) {
        return tenants.requireUnchanging(tenantId.toString()).state() != TenantState.DELETED;
    }

    /** Notes in the trail what the record was told; nothing when that is nothing. */
    void recordWrite(UUID tenantId, String recordId, Map<String, String> fields) {
        if (!fields.isEmpty()) {
            audit.append(tenantId, Actor.SYSTEM, "pocketbase.write", "pocketbase/" + recordId, fields);
        }
    }
}
