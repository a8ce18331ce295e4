package dev.pocketagent.sync.source;

import java.util.List;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;

import org.hibernate.Session;

import dev.pocketagent.kit.event.EventHandler;
import dev.pocketagent.kit.secret.Secrets;

/** Deletes what an erased tenant had here: its sources, what they published, and the key of their secrets. */
@ApplicationScoped
class ErasedTenants implements EventHandler {

    private final Session database;
    private final Secrets secrets;
    private final Event<LiveRevisions.Moved> moved;
    private final Event<Withdrawn> withdrawn;

    @Inject
    ErasedTenants(Session database, Secrets secrets, Event<LiveRevisions.Moved> moved, Event<Withdrawn> withdrawn) {
        this.database = database;
        this.secrets = secrets;
        this.moved = moved;
        this.withdrawn = withdrawn;
    }

    @Override
    public String name() {
        return "sync-erased-tenants";
    }

    @Override
    public void on(dev.pocketagent.kit.event.Event event) {
        UUID tenantId = event.tenantId();
        if (tenantId == null || !event.type().equals("tenant.purged")) {
            return;
        }
        List<Source> sources = database.createQuery("from Source where tenantId = :tenant", Source.class)
                .setParameter("tenant", tenantId).getResultList();
        for (Source source : sources) {
            database.createNativeMutationQuery("delete from source where id = :id").setParameter("id", source.id)
                    .executeUpdate();
            moved.fire(new LiveRevisions.Moved(source.id));
            withdrawn.fire(new Withdrawn(tenantId, source.id, source.publishTo));
        }
        secrets.destroy(tenantId);
    }
}
