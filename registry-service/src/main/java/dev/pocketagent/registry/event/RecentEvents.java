package dev.pocketagent.registry.event;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.kit.event.Event;
import dev.pocketagent.registry.Sql;

/**
 * The feed read backwards, inside a transaction whose row scope says whose events are seen. Each question is the end of one
 * range of one index, or of one for each type: a page costs what it shows, among a million events as among ten.
 */
@ApplicationScoped
class RecentEvents {

    /**
     * Twice the longest transaction. What happened so much earlier than something else was written before it, and has a
     * lower place in the feed.
     */
    private static final Duration OVERLAP = Duration.ofMinutes(10);

    static final String LAST_BEFORE = "select seq, position from event where at < ? and seq is not null"
            + " order by at desc limit 1";

    /**
     * Which events; null or empty means any.
     *
     * @param types exact ones
     * @param from the first moment
     */
    record Filter(@Nullable UUID tenantId, List<String> types, @Nullable Instant from) {
        Filter {
            types = List.copyOf(types);
        }
    }

    /** @param place to go on behind it: a tenant's events have places of their own */
    record Found(Event event, long place) {}

    private final Sql sql;
    private final ObjectMapper json;

    @Inject
    RecentEvents(Sql sql, ObjectMapper json) {
        this.sql = sql;
        this.json = json;
    }

    /**
     * Events that have their place in the feed, newest first.
     *
     * @param before only those before this place, of an answer to the same filter; null to begin with the newest
     */
    @Transactional(Transactional.TxType.MANDATORY)
    List<Found> page(Filter filter, @Nullable Long before, int rows) {
        sql.keepToIndexes();
        Query query = question(filter, begin(filter), before == null ? Long.MAX_VALUE : before, rows);
        return sql.run(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(query.text)) {
                for (int i = 0; i < query.values.size(); i++) {
                    Object value = query.values.get(i);
                    statement.setObject(i + 1,
                            value instanceof List<?> texts
                                    ? connection.createArrayOf("text", texts.toArray())
                                    : value);
                }
                List<Found> found = new ArrayList<>();
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        found.add(found(row));
                    }
                } catch (JsonProcessingException e) {
                    throw new IllegalStateException("The database takes only JSON as data", e);
                }
                return found;
            }
        });
    }

    private Found found(ResultSet row) throws SQLException, JsonProcessingException {
        return new Found(new Event(row.getLong(1), row.getObject(2, UUID.class), row.getString(3),
                row.getObject(4, UUID.class), row.getObject(5, OffsetDateTime.class).toInstant(),
                json.readTree(row.getString(6))), row.getLong(7));
    }

    /**
     * A place that everything so late is behind. Asked for by itself: as a part of the other statement it would not bound an
     * index's range, since below row-level security a subquery counts as leaky.
     */
    private long begin(Filter filter) {
        Instant from = filter.from;
        if (from == null) {
            return 0;
        }
        return sql.run(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(LAST_BEFORE)) {
                statement.setObject(1, from.minus(OVERLAP).atOffset(ZoneOffset.UTC));
                try (ResultSet row = statement.executeQuery()) {
                    return row.next() ? row.getLong(filter.tenantId == null ? 1 : 2) : 0;
                }
            }
        });
    }

    /** A statement with the values of its parameters, in order; lists are arrays of texts. */
    record Query(String text, List<Object> values) {}

    /**
     * Tenant and type are arrays of one, and come first in the order, to leave the planner no choice: with an equation it
     * takes the index of all places and reads on until it has found enough, which for a rare type is the whole feed: 1,000 ms
     * among a million events, where this takes 2. Of one tenant and some types, all events of the tenant may be read.
     *
     * @param begin only those behind this place
     */
    static Query question(Filter filter, long begin, long before, int rows) {
        List<Object> values = new ArrayList<>();
        String text;
        if (filter.tenantId != null) {
            // In the order in which they were written, which is that of the feed within a tenant.
            values.addAll(List.of(filter.tenantId, before, begin));
            text = "select seq, id, type, tenant_id, at, data, position as place from event"
                    + " where tenant_id = any (array[?]) and tenant_id is not null and position < ? and position > ?"
                    + " and seq is not null" + since(filter, values)
                    + (filter.types.isEmpty() ? "" : " and type = any (?)")
                    + " order by tenant_id desc, position desc limit ?";
            if (!filter.types.isEmpty()) {
                values.add(filter.types);
            }
        } else if (filter.types.isEmpty()) {
            values.addAll(List.of(before, begin));
            text = "select seq, id, type, tenant_id, at, data, seq as place from event where seq < ? and seq > ?"
                    + since(filter, values) + " order by seq desc limit ?";
        } else {
            values.addAll(List.of(filter.types, before, begin));
            text = """
                    select newest.*, newest.seq as place from unnest(?) as wanted (name) cross join lateral (
                        select seq, id, type, tenant_id, at, data from event
                        where type collate "C" = any (array[wanted.name]) and seq < ? and seq > ?%s
                        order by type collate "C" desc, seq desc limit ?) as newest
                    order by newest.seq desc limit ?""".formatted(since(filter, values));
            values.add(rows);
        }
        values.add(rows);
        return new Query(text, values);
    }

    private static String since(Filter filter, List<Object> values) {
        if (filter.from == null) {
            return "";
        }
        values.add(filter.from.atOffset(ZoneOffset.UTC));
        return " and at >= ?";
    }
}
