package dev.pocketagent.registry.event;

import java.sql.PreparedStatement;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.audit.AuditLog;
import dev.pocketagent.registry.audit.Recorded;

/** Where a change is told to the other services, in its own transaction. */
@ApplicationScoped
public class Outbox {

    /** The data of events of a tenant that is erased. */
    private static final String ERASED = "{\"erased\":true}";

    private final Sql sql;
    private final Clock clock;
    private final ObjectMapper json;
    private final Event<Published> local;

    @Inject
    Outbox(Sql sql, Clock clock, ObjectMapper json, Event<Published> local) {
        this.sql = sql;
        this.clock = clock;
        this.json = json;
        this.local = local;
    }

    /**
     * Writes an event about a recorded change. The record's lock makes a tenant's events commit in the order in which they
     * were written.
     *
     * @param type for example {@code tenant.suspended}
     * @param data what consumers need to act without asking back; never a secret
     */
    @Transactional(Transactional.TxType.MANDATORY)
    public void publish(Recorded change, String type, Map<String, ? extends @Nullable Object> data) {
        UUID tenantId = change.tenantId().equals(AuditLog.PLATFORM) ? null : change.tenantId();
        String text;
        try {
            text = json.writeValueAsString(data);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("The data of " + type + " is not JSON", e);
        }
        sql.run(connection -> {
            try (PreparedStatement insert = connection
                    .prepareStatement("insert into event (id, type, tenant_id, at, data) values (?, ?, ?, ?, ?)")) {
                insert.setObject(1, Ids.next(clock));
                insert.setString(2, type);
                insert.setObject(3, tenantId, java.sql.Types.OTHER);
                insert.setObject(4, change.at().atOffset(ZoneOffset.UTC));
                insert.setString(5, text);
                return insert.executeUpdate();
            }
        });
        local.fire(new Published(type, tenantId, data));
    }

    /**
     * Takes out of a tenant's events what they told; that they happened, and when, stays. Last of a transaction: until it
     * ends, no new events get their place in the feed.
     *
     * @return how many events there are of it
     */
    @Transactional(Transactional.TxType.MANDATORY)
    public int forget(UUID tenantId) {
        return sql.run(connection -> {
            // Numbering changes the same rows, of all tenants and in another order: one at a time, or they would wait for
            // each other in a circle.
            try (PreparedStatement lock = connection
                    .prepareStatement("select pg_advisory_xact_lock(hashtextextended('event-seq', 0))")) {
                lock.execute();
            }
            try (PreparedStatement update = connection
                    .prepareStatement("update event set data = ? where tenant_id = ?")) {
                update.setString(1, ERASED);
                update.setObject(2, tenantId);
                return update.executeUpdate();
            }
        });
    }
}
