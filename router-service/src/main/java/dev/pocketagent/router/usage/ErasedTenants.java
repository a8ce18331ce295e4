package dev.pocketagent.router.usage;

import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.event.Event;
import dev.pocketagent.kit.event.EventHandler;

/**
 * Erases the usage of tenants that the registry erased. What stays are sums a day and model over all erased tenants, without
 * tenant, key or request. Each batch is a transaction of its own that counts exactly what it deletes, and the feed's cursor
 * moves after the last one: what a crash or the time limit of a transaction interrupts goes on where it stopped.
 */
@ApplicationScoped
class ErasedTenants implements EventHandler {

    static final int AT_ONCE = 5_000;

    private final EntityManager database;
    private final RowScope rows;
    private final UsageRecorder recorder;

    @Inject
    ErasedTenants(EntityManager database, RowScope rows, UsageRecorder recorder) {
        this.database = database;
        this.rows = rows;
        this.recorder = recorder;
    }

    @Override
    public String name() {
        return "router-erased-tenants";
    }

    @Override
    public boolean wants(String type) {
        return type.equals("tenant.purged");
    }

    @Override
    public void on(Event event) {
        var tenant = event.tenantId();
        if (tenant == null) {
            return;
        }
        // Committed first: what is deleted below does not come back.
        rows.inTenant(tenant, () -> refuse(tenant));
        while (rows.inTenant(tenant, () -> hasRows(tenant))) {
            eraseSome(tenant);
        }
        recorder.forget(tenant);
    }

    private int refuse(UUID tenant) {
        return database.createNativeQuery("INSERT INTO erased_tenant VALUES (:tenant) ON CONFLICT DO NOTHING")
                .setParameter("tenant", tenant).executeUpdate();
    }

    private boolean hasRows(UUID tenant) {
        return (boolean) database
                .createNativeQuery("SELECT EXISTS (SELECT FROM model_usage WHERE tenant_id = :tenant)", Boolean.class)
                .setParameter("tenant", tenant).getSingleResult();
    }

    /** Turns the oldest rows of a tenant into sums, at most {@link #AT_ONCE} of them. */
    void eraseSome(UUID tenant) {
        rows.inAllTenants(() -> database.createNativeQuery("""
                WITH gone AS (
                    DELETE FROM model_usage WHERE id = ANY (ARRAY(
                        SELECT id FROM model_usage WHERE tenant_id = :tenant ORDER BY id LIMIT :most))
                    RETURNING *)
                INSERT INTO erased_usage AS kept (day, model, provider, requests, estimated_requests, input_tokens,
                                                  output_tokens, cost_micros)
                SELECT CAST(at AT TIME ZONE 'UTC' AS date), model, provider, count(*),
                       count(*) FILTER (WHERE usage_source = 'estimated'), sum(input_tokens), sum(output_tokens),
                       sum(cost_micros)
                FROM gone GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
                ON CONFLICT (day, model, provider) DO UPDATE SET
                    requests = kept.requests + excluded.requests,
                    estimated_requests = kept.estimated_requests + excluded.estimated_requests,
                    input_tokens = kept.input_tokens + excluded.input_tokens,
                    output_tokens = kept.output_tokens + excluded.output_tokens,
                    cost_micros = kept.cost_micros + excluded.cost_micros""")
                .setParameter("tenant", tenant).setParameter("most", AT_ONCE).executeUpdate());
    }
}
