package dev.pocketagent.registry.event;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.registry.ExportPart;
import dev.pocketagent.registry.Sql;
import io.quarkus.runtime.annotations.RegisterForReflection;

/** A tenant's events in its export, in the order in which they were written. */
@ApplicationScoped
class EventsPart implements ExportPart {

    private static final int ROWS_AT_ONCE = 500;

    /** An event without its place in the feed, which it may not have yet. */
    @RegisterForReflection
    record Told(UUID id, String type, Instant at, JsonNode data) {}

    private final Sql sql;
    private final ObjectMapper json;

    @Inject
    EventsPart(Sql sql, ObjectMapper json) {
        this.sql = sql;
        this.json = json;
    }

    @Override
    public String file() {
        return "events.jsonl";
    }

    @Override
    public String about() {
        return "what the other services were told of it, oldest first";
    }

    @Override
    public Piece read(UUID tenantId, @Nullable Object from) {
        return sql.run(connection -> {
            try (PreparedStatement query = connection.prepareStatement("select position, id, type, at, data from event"
                    + " where tenant_id = ? and position > ? order by position limit ?")) {
                query.setObject(1, tenantId);
                query.setLong(2, from == null ? 0 : (Long) from);
                query.setInt(3, ROWS_AT_ONCE);
                List<Told> rows = new ArrayList<>();
                Long last = null;
                try (ResultSet found = query.executeQuery()) {
                    while (found.next()) {
                        last = found.getLong(1);
                        rows.add(new Told(found.getObject(2, UUID.class), found.getString(3),
                                found.getObject(4, OffsetDateTime.class).toInstant(),
                                json.readTree(found.getString(5))));
                    }
                } catch (JsonProcessingException e) {
                    throw new IllegalStateException("The database takes only JSON as data", e);
                }
                return new Piece(rows, rows.size() == ROWS_AT_ONCE ? last : null);
            }
        });
    }
}
