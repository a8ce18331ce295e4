package dev.pocketagent.sync.job;

import java.util.Set;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.hibernate.Session;

import dev.pocketagent.kit.event.Event;
import dev.pocketagent.kit.event.EventHandler;

/**
 * Knows which tenants the operator suspended or deleted: no work is done for them, and their webhooks are refused. An erased
 * tenant stays among them.
 */
@ApplicationScoped
public class SuspendedTenants implements EventHandler {

    private static final Set<String> WANTED = Set.of("tenant.suspended", "tenant.deleting", "tenant.resumed",
            "tenant.undeleted");

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
    public boolean wants(String type) {
        return WANTED.contains(type);
    }

    @Override
    public void on(Event event) {
        UUID tenantId = event.tenantId();
        if (tenantId == null) {
            return;
        }
        switch (event.type()) {
            case "tenant.suspended", "tenant.deleting" -> stop(tenantId);
            case "tenant.resumed" -> goOn(tenantId);
            case "tenant.undeleted" -> {
                // It is as it was before it was deleted, which may be suspended.
                if (event.data().path("state").asText().equals("active")) {
                    goOn(tenantId);
                }
            }
            default -> {
                // not about suspension
            }
        }
    }

    private void stop(UUID tenantId) {
        database.createNativeMutationQuery(
                "insert into suspended_tenant (tenant_id) values (:tenant) on conflict do nothing")
                .setParameter("tenant", tenantId).executeUpdate();
    }

    private void goOn(UUID tenantId) {
        database.createNativeMutationQuery("delete from suspended_tenant where tenant_id = :tenant")
                .setParameter("tenant", tenantId).executeUpdate();
    }

    /** Whether a tenant is suspended, inside the caller's transaction. */
    public boolean holds(UUID tenantId) {
        return !database
                .createNativeQuery("select tenant_id from suspended_tenant where tenant_id = :tenant", UUID.class)
                .setParameter("tenant", tenantId).getResultList().isEmpty();
    }
}
