package dev.pocketagent.registry.quota;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.audit.Actor;
import dev.pocketagent.registry.audit.AuditLog;

/** Ends reservations that nobody confirmed in time. */
@ApplicationScoped
class Lapses {

    /** One claim that lapsed, and what it held. */
    private record Lapsed(UUID id, String holder, Amounts held) {}

    private static final String END = "with ended as (update reservation set state = 'expired', expires_at = null,"
            + " ended_at = ?, version = version + 1 where tenant_id = ? and state = 'open' and expires_at <= ?"
            + " returning *) select ended.id, ended.holder, "
            + Resource.sql(", ", resource -> "greatest(0, ended.%1$s - coalesce(o.%1$s, 0)) as %1$s"
                    .formatted(resource.column()))
            + " from ended left join reservation o on o.id = ended.replaces order by ended.id";

    private final Sql sql;
    private final AuditLog audit;
    private final Clock clock;
    private final ReservationMeters meters;

    @Inject
    Lapses(Sql sql, AuditLog audit, Clock clock, ReservationMeters meters) {
        this.sql = sql;
        this.audit = audit;
        this.clock = clock;
        this.meters = meters;
    }

    /** Ends what expired of a tenant whose quota is locked, and tells what it held altogether. */
    Amounts end(UUID tenantId) {
        OffsetDateTime now = clock.instant().atOffset(ZoneOffset.UTC);
        List<Lapsed> lapsed = sql.run(connection -> {
            try (PreparedStatement update = connection.prepareStatement(END)) {
                update.setObject(1, now);
                update.setObject(2, tenantId);
                update.setObject(3, now);
                List<Lapsed> found = new ArrayList<>();
                try (ResultSet rows = update.executeQuery()) {
                    while (rows.next()) {
                        int[] held = new int[Resource.values().length];
                        for (Resource resource : Resource.values()) {
                            held[resource.ordinal()] = rows.getInt(resource.column());
                        }
                        found.add(new Lapsed(rows.getObject(1, UUID.class), rows.getString(2),
                                Amounts.each(resource -> held[resource.ordinal()])));
                    }
                }
                return found;
            }
        });
        Amounts held = Amounts.NONE;
        for (Lapsed one : lapsed) {
            held = held.plus(one.held);
            audit.append(tenantId, Actor.SYSTEM, "reservation.expire", "reservation/" + one.id,
                    Map.of("holder", one.holder, "gaveBack", one.held.named()));
            meters.happened(ReservationMeters.EXPIRED);
        }
        return held;
    }
}
