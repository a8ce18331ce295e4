package dev.pocketagent.registry.tenant;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.registry.Sql;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** How many tenants there are, as of the last count: a scrape costs no query. */
@ApplicationScoped
class TenantMeters {

    private final RowScope rows;
    private final Sql sql;
    private final Map<TenantState, AtomicLong> tenants = new EnumMap<>(TenantState.class);
    private final AtomicLong overQuota = new AtomicLong();

    @Inject
    TenantMeters(RowScope rows, Sql sql, MeterRegistry meters) {
        this.rows = rows;
        this.sql = sql;
        for (TenantState state : TenantState.values()) {
            AtomicLong count = new AtomicLong();
            tenants.put(state, count);
            Gauge.builder("pocket.tenants", count, AtomicLong::get)
                    .description("Tenants by state, as of about a minute ago").tag("state", state.text())
                    .register(meters);
        }
        Gauge.builder("pocket.tenants.over.quota", overQuota, AtomicLong::get)
                .description("Tenants that hold more than they may, as of about a minute ago").register(meters);
    }

    /** Counts anew. */
    void count() {
        rows.inAllTenants(() -> sql.run(connection -> {
            Map<TenantState, Long> found = new EnumMap<>(TenantState.class);
            try (Statement query = connection.createStatement()) {
                try (ResultSet states = query.executeQuery("select state, count(*) from tenant group by state")) {
                    while (states.next()) {
                        found.put(TenantState.ofText(states.getString(1)).orElseThrow(), states.getLong(2));
                    }
                }
                tenants.forEach((state, count) -> count.set(found.getOrDefault(state, 0L)));
                overQuota.set(first(query));
            }
            return true;
        }));
    }

    private static long first(Statement query) throws SQLException {
        try (ResultSet count = query.executeQuery("select count(*) from quota where over")) {
            count.next();
            return count.getLong(1);
        }
    }
}
