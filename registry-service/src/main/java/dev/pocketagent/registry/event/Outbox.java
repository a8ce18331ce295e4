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
}
