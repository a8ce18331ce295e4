package dev.pocketagent.registry.tenant;

import java.util.List;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.registry.ExportPart;

/** The tenant itself in its export. */
@ApplicationScoped
class TenantPart implements ExportPart {

    private final Tenants tenants;

    @Inject
    TenantPart(Tenants tenants) {
        this.tenants = tenants;
    }

    @Override
    public String file() {
        return "tenant.json";
    }

    @Override
    public String about() {
        return "the tenant";
    }

    @Override
    public Piece read(UUID tenantId, @Nullable Object from) {
        return new Piece(List.of(TenantView.of(tenants.require(tenantId.toString()))), null);
    }
}
