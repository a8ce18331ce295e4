package dev.pocketagent.registry.tenant;

import java.util.List;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.registry.ExportPart;
import dev.pocketagent.registry.plan.Plans;

/** The version of the plan that a tenant is on, in its export. */
@ApplicationScoped
class PlanPart implements ExportPart {

    private final Tenants tenants;
    private final Plans plans;

    @Inject
    PlanPart(Tenants tenants, Plans plans) {
        this.tenants = tenants;
        this.plans = plans;
    }

    @Override
    public String file() {
        return "plan.json";
    }

    @Override
    public String about() {
        return "the version of the plan that it is on";
    }

    @Override
    public Piece read(UUID tenantId, @Nullable Object from) {
        Tenant tenant = tenants.require(tenantId.toString());
        return new Piece(List.of(plans.pinned(tenant.plan(), tenant.planVersion())), null);
    }
}
