package dev.pocketagent.sync.source;

import java.util.List;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;

import org.hibernate.Session;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.event.EventHandler;
import dev.pocketagent.kit.quota.Holds;
import dev.pocketagent.kit.secret.Secrets;

/**
 * Deletes what an erased tenant had here: its sources with all that is known of them, and the key of their secrets. Its
 * files follow once that is certain; the tenant's id stays, so that they do even when that fails the first time.
 */
@ApplicationScoped
public class ErasedTenants implements EventHandler {

    private final Session database;
    private final RowScope rows;
    private final Secrets secrets;
    private final Holds holds;
    private final Event<LiveRevisions.Moved> moved;
    private final Event<Erased> erased;

    @Inject
    ErasedTenants(Session database, RowScope rows, Secrets secrets, Holds holds,
            Event<LiveRevisions.Moved> moved, Event<Erased> erased) {
        this.database = database;
        this.rows = rows;
        this.secrets = secrets;
        this.holds = holds;
        this.moved = moved;
        this.erased = erased;
    }

    /** A tenant has nothing in the database any more: everything of it on disk has to go once that is certain. */
    public record Erased(UUID tenantId) {}

    @Override
    public String name() {
        return "sync-erased-tenants";
    }

    @Override
    public boolean wants(String type) {
        return type.equals("tenant.purged");
    }

    @Override
    public void on(dev.pocketagent.kit.event.Event event) {
        UUID tenantId = event.tenantId();
        if (tenantId == null) {
            return;
        }
        lock(tenantId);
        database.createNativeMutationQuery(
                "insert into erased_tenant (tenant_id) values (:tenant) on conflict do nothing")
                .setParameter("tenant", tenantId).executeUpdate();
        List<UUID> sources = database
                .createNativeQuery("delete from source where tenant_id = :tenant returning id", UUID.class)
                .setParameter("tenant", tenantId).getResultList();
        sources.forEach(source -> moved.fire(new LiveRevisions.Moved(source)));
        holds.forget(tenantId);
        secrets.destroy(tenantId);
        erased.fire(new Erased(tenantId));
    }

    /** Has one transaction at a time make sources of a tenant, or erase it, until it ends. */
    void lock(UUID tenantId) {
        database.createNativeQuery("select 1 from (select pg_advisory_xact_lock(hashtextextended(:place, 11))) x",
                Integer.class).setParameter("place", "sources/" + tenantId).getSingleResult();
    }

    /** Whether a tenant is erased, inside the caller's transaction. */
    boolean holds(UUID tenantId) {
        return !database
                .createNativeQuery("select tenant_id from erased_tenant where tenant_id = :tenant", UUID.class)
                .setParameter("tenant", tenantId).getResultList().isEmpty();
    }

    /** All tenants that were ever erased, in a transaction of its own. */
    public List<UUID> all() {
        return rows.inAllTenants(
                () -> database.createNativeQuery("select tenant_id from erased_tenant", UUID.class).getResultList());
    }
}
