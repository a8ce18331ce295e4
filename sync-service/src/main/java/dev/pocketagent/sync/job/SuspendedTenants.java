package dev.pocketagent.sync.job;

import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.hibernate.Session;

import dev.pocketagent.kit.event.Event;
import dev.pocketagent.kit.event.EventHandler;

/** Knows which tenants the operator suspended: no work is done for them, and their webhooks are refused. */
@ApplicationScoped
public class SuspendedTenants implements EventHandler {

    private final Session database;

    @Inject
    SuspendedTenants(Session database) {
        this.database = database;
    }

    @Override
    public String name() {
        return "sync-suspended-tenants";
    }

    @Override
    public void on(Event event) {
        UUID tenantId = event.tenantId();
        if (tenantId == null) {
            return;
        }
        switch (event.type()) {
            case "tenant.suspended" -> database
                    .createNativeMutationQuery(
                            "insert into suspended_tenant (tenant_id) values (:tenant) on conflict do nothing")
                    .setParameter("tenant", tenantId).executeUpdate();
            case "tenant.resumed" ->
                database.createNativeMutationQuery("delete from suspended_tenant where tenant_id = :tenant")
                        .setParameter("tenant", tenantId).executeUpdate();
            default -> {
                // not about suspension
            }
        }
    }

    /** Whether a tenant is suspended, inside the caller's transaction. */
    public boolean holds(UUID tenantId) {
        return !database
                .createNativeQuery("select tenant_id from suspended_tenant where tenant_id = :tenant", UUID.class)
                .setParameter("tenant", tenantId).getResultList().isEmpty();
    }
}
