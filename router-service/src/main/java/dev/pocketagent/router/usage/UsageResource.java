package dev.pocketagent.router.usage;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Query;
import jakarta.persistence.Tuple;
import jakarta.transaction.Transactional;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.UriInfo;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.Cursor;
import dev.pocketagent.kit.http.Page;
import dev.pocketagent.kit.http.Paging;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.http.Times;
import dev.pocketagent.kit.problem.ProblemException;

/**
 * What was used and what it cost. A tenant sees its own; operators see one tenant's or everybody's. Of erased tenants only
 * sums are left, which are part of everybody's.
 */
@Path("/api/v1/usage")
@RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER})
public class UsageResource {

    private static final String COLUMNS = "SELECT id, at, tenant_id, key_id, request_id, model, provider, input_tokens,"
            + " output_tokens, cost_micros, usage_source, status, duration_ms, streamed FROM model_usage";

    private static final String OF_TENANT = " AND tenant_id = :tenant";
    private static final String AND_OF_ERASED = """
            UNION ALL
            SELECT model, provider, requests, estimated_requests, input_tokens, output_tokens, cost_micros
            FROM erased_usage WHERE day >= :firstDay AND day < :endDay""";

    private final Caller caller;
    private final RowScope rows;
    private final EntityManager database;
    private final Clock clock;

    @Inject
    UsageResource(Caller caller, RowScope rows, EntityManager database, Clock clock) {
        this.caller = caller;
        this.rows = rows;
        this.database = database;
        this.clock = clock;
    }

    /** Single requests, newest first. */
    @GET
    @Transactional
    public Page<UsageView> list(@QueryParam("tenant") @Nullable String tenant,
            @QueryParam("limit") @Nullable Integer limit, @QueryParam("cursor") @Nullable String cursor,
            @Context UriInfo uri) {
        QueryParams.allow(uri, "tenant", "limit", "cursor");
        int size = Paging.limit(limit);
        var whose = scope(tenant);
        // The id orders by time, so (tenant_id, id) gives both the rows and their order, and the primary key does for all.
        var query = database
                .createNativeQuery(COLUMNS + " WHERE id < :before" + (whose == null ? "" : OF_TENANT)
                        + " ORDER BY id DESC LIMIT :limit", Tuple.class);
        query.setParameter("before",
                cursor == null ? new UUID(-1, -1) : uuid("?cursor", Cursor.decode(cursor, 1).getFirst()));
        query.setParameter("limit", size + 1);
        return Page.of(tuples(query, whose), size, UsageResource::view,
                row -> Cursor.encode(row.get(0, UUID.class).toString()));
    }

    /**
     * Sums by model; the present month (UTC) unless a period is given. What erased tenants used counts with the days (UTC)
     * that begin in the period.
     */
    @GET
    @Path("/summary")
    @Transactional
    public UsageSummary summary(@QueryParam("tenant") @Nullable String tenant,
            @QueryParam("from") @Nullable String from,
            @QueryParam("to") @Nullable String to, @Context UriInfo uri) {
        QueryParams.allow(uri, "tenant", "from", "to");
        var now = clock.instant();
        var begin = from == null
                ? now.atOffset(ZoneOffset.UTC).truncatedTo(ChronoUnit.DAYS).withDayOfMonth(1).toInstant()
                : time("?from", from);
        var end = to == null ? now.plus(1, ChronoUnit.MINUTES) : time("?to", to);
        if (!begin.isBefore(end)) {
            throw ProblemException.invalid("?to", "must be after 'from'");
        }
        var whose = scope(tenant);
        var query = database.createNativeQuery("""
                SELECT model, provider, CAST(sum(requests) AS bigint), CAST(sum(estimated_requests) AS bigint),
                       CAST(sum(input_tokens) AS bigint), CAST(sum(output_tokens) AS bigint),
                       CAST(sum(cost_micros) AS bigint)
                FROM (SELECT model, provider, 1 AS requests,
                             CAST(usage_source = 'estimated' AS integer) AS estimated_requests,
                             input_tokens, output_tokens, cost_micros
                      FROM model_usage WHERE id >= :from AND id < :to %s) AS used
                GROUP BY model, provider ORDER BY 7 DESC, 3 DESC, 1, 2"""
                .formatted(whose == null ? AND_OF_ERASED : OF_TENANT), Tuple.class);
        query.setParameter("from", firstId(begin)).setParameter("to", firstId(end));
        if (whose == null) {
            query.setParameter("firstDay", dayFrom(begin)).setParameter("endDay", dayFrom(end));
        }
        var models = tuples(query, whose).stream().map(row -> new UsageSummary.ModelTotals(row.get(0, String.class),
                row.get(1, String.class), number(row, 2), number(row, 3), number(row, 4), number(row, 5),
                number(row, 6))).toList();
        long requests = 0;
        long estimated = 0;
        long input = 0;
        long output = 0;
        long cost = 0;
        for (var model : models) {
            requests += model.requests();
            estimated += model.estimatedRequests();
            input += model.inputTokens();
            output += model.outputTokens();
            cost += model.costMicros();
        }
        return new UsageSummary(whose, begin, end, new UsageSummary.Totals(requests, estimated, input, output, cost),
                models);
    }

    /** Whose rows are asked for, null for all; sets what the transaction may see. */
    private @Nullable UUID scope(@Nullable String tenant) {
        var asked = tenant == null ? null : uuid("?tenant", tenant);
        if (caller.isTenantBound()) {
            asked = caller.requireTenant(asked);
        }
        if (asked == null) {
            rows.allTenants();
        } else {
            rows.tenant(asked);
        }
        return asked;
    }

    @SuppressWarnings("unchecked")
    private static List<Tuple> tuples(Query query, @Nullable UUID tenant) {
        if (tenant != null) {
            query.setParameter("tenant", tenant);
        }
        return query.getResultList();
    }

    private static UsageView view(Tuple row) {
        return new UsageView(row.get(0, UUID.class), row.get(1, Instant.class), row.get(2, UUID.class),
                row.get(3, UUID.class), row.get(4, String.class), row.get(5, String.class), row.get(6, String.class),
                number(row, 7), number(row, 8), number(row, 9), row.get(10, String.class), row.get(11, String.class),
                number(row, 12), row.get(13, Boolean.class));
    }

    /** The smallest id of a millisecond: for version 7, {@code at >= time} is {@code id >= firstId(time)}. */
    private static UUID firstId(Instant time) {
        return new UUID(time.toEpochMilli() << 16 | 0x7000, Long.MIN_VALUE);
    }

    /** The first day that begins at this time or after it. */
    private static LocalDate dayFrom(Instant time) {
        return LocalDate.ofInstant(time.plus(1, ChronoUnit.DAYS).minusNanos(1), ZoneOffset.UTC);
    }

    private static long number(Tuple row, int index) {
        return ((Number) row.get(index)).longValue();
    }

    private static UUID uuid(String where, String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw ProblemException.invalid(where, "must be an id like 0198c0de-0000-7000-8000-000000000000");
        }
    }

    private static Instant time(String where, String text) {
        try {
            return Times.within(where, Instant.parse(text));
        } catch (DateTimeException e) {
            throw ProblemException.invalid(where, "must be a time like 2026-11-01T00:00:00Z");
        }
    }
}
