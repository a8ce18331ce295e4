package dev.pocketagent.router.usage;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * What was used in a period.
 *
 * @param tenantId null for all tenants, erased ones included
 * @param from inclusive
 * @param to exclusive
 */
record UsageSummary(@Nullable UUID tenantId, Instant from, Instant to, Totals total, List<ModelTotals> models) {

    /** @param estimatedRequests how many of the requests are booked by our estimate */
    record Totals(long requests, long estimatedRequests, long inputTokens, long outputTokens, long costMicros) {}

    record ModelTotals(String model, String provider, long requests, long estimatedRequests, long inputTokens,
            long outputTokens, long costMicros) {}
}
