package dev.pocketagent.registry.tenant;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Clock;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.Rounds;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.audit.Actor;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;

/**
 * Erases tenants whose grace is over, one transaction each: one that fails is said, stays, and holds up no other. Replicas
 * share the work, since each leaves alone what another has locked.
 */
@ApplicationScoped
class Purger {

    private static final Logger LOG = Logger.getLogger(Purger.class);
    private static final Duration LOOK_EVERY = Duration.ofMinutes(1);
    private static final int AT_ONCE = 100;

    private final Tenants tenants;
    private final TenantChanges changes;
    private final TenantMeters meters;
    private final RowScope rows;
    private final Sql sql;
    private final Clock clock;
    private final int atOnce;
    private final Counter done;
    private final Counter failed;
    private final Rounds rounds = new Rounds(LOG, "tenant-purge", LOOK_EVERY,
            "Tenants whose grace is over cannot be looked for now");

    private record Due(OffsetDateTime purgeAfter, UUID id) {}

    @Inject
    Purger(Tenants tenants, TenantChanges changes, TenantMeters meters, RowScope rows, Sql sql, Clock clock,
            MeterRegistry registry) {
        this(tenants, changes, meters, rows, sql, clock, registry, AT_ONCE);
    }

    Purger(Tenants tenants, TenantChanges changes, TenantMeters meters, RowScope rows, Sql sql, Clock clock,
            MeterRegistry registry, int atOnce) {
        this.tenants = tenants;
        this.changes = changes;
        this.meters = meters;
        this.rows = rows;
        this.sql = sql;
        this.clock = clock;
        this.atOnce = atOnce;
        this.done = counter("done", registry);
        this.failed = counter("failed", registry);
    }

    private static Counter counter(String outcome, MeterRegistry registry) {
        return Counter.builder("pocket.tenant.purges").description("Tenants erased when their grace was over")
                .tag("outcome", outcome).register(registry);
    }

    void start(@Observes Schema.Ready event) {
        rounds.start(this::round);
    }

    void stop(@Observes ShutdownEvent event) {
        rounds.stop();
    }

    private void round() {
        meters.count();
        purge();
    }

    /** Erases what is due now, and tells how many tenants that were. Each is tried once: who fails stands before nobody. */
    int purge() {
        int erased = 0;
        Due last = null;
        List<Due> due;
        do {
            Due behind = last;
            due = rows.inAllTenants(() -> due(behind));
            for (Due tenant : due) {
                if (!rounds.stopping() && erase(tenant.id)) {
                    erased++;
                }
                last = tenant;
            }
        } while (due.size() == atOnce && !rounds.stopping());
        return erased;
    }

    private boolean erase(UUID id) {
        try {
            boolean mine = rows.inAllTenants(() -> claim(id));
            if (mine) {
                done.increment();
                LOG.infof("Tenant %s is erased, its grace was over", id);
            }
            return mine;
        } catch (RuntimeException e) {
            failed.increment();
            LOG.errorf(e, "Tenant %s cannot be erased now, trying again in %d s", id, LOOK_EVERY.toSeconds());
            return false;
        }
    }

    /** In the order in which they became due, behind this one. */
    private List<Due> due(@Nullable Due last) {
        return sql.run(connection -> {
            try (PreparedStatement query = connection.prepareStatement("select purge_after, id from tenant"
                    + " where purge_after <= ?" + (last == null ? "" : " and (purge_after, id) > (?, ?)")
                    + " order by purge_after, id limit " + atOnce)) {
                query.setObject(1, now());
                if (last != null) {
                    query.setObject(2, last.purgeAfter);
                    query.setObject(3, last.id);
                }
                List<Due> found = new ArrayList<>();
                try (ResultSet row = query.executeQuery()) {
                    while (row.next()) {
                        found.add(new Due(row.getObject(1, OffsetDateTime.class), row.getObject(2, UUID.class)));
                    }
                }
                return found;
            }
        });
    }

    /** Whether this process got it: another may have it, or have done it, or somebody took the deletion back. */
    private boolean claim(UUID id) {
        boolean mine = sql.run(connection -> {
            try (PreparedStatement query = connection.prepareStatement(
                    "select 1 from tenant where id = ? and purge_after <= ? for update skip locked")) {
                query.setObject(1, id);
                query.setObject(2, now());
                try (ResultSet row = query.executeQuery()) {
                    return row.next();
                }
            }
        });
        if (mine) {
            changes.purge(Objects.requireNonNull(tenants.findById(id), "just locked"),
                    "the days of grace are over", Actor.SYSTEM);
        }
        return mine;
    }

    private OffsetDateTime now() {
        return clock.instant().atOffset(ZoneOffset.UTC);
    }
}
