package dev.pocketagent.router.usage;

import java.time.Instant;
import java.util.UUID;

/**
 * A usage row as the API shows it.
 *
 * @param usageSource {@code reported} by the provider, {@code estimated} by us, or {@code none}
 * @param status {@code ok}, {@code client_left}, {@code interrupted} or {@code failed}
 */
record UsageView(UUID id, Instant at, UUID tenantId, UUID keyId, String requestId, String model, String provider,
        long inputTokens, long outputTokens, long costMicros, String usageSource, String status, long durationMs,
        boolean streamed) {}
