package dev.pocketagent.router.usage;

import java.time.Instant;
import java.util.Locale;
import java.util.UUID;

/**
 * One request that went to a provider.
 *
 * @param id made by us; the same row is stored once however often it is written
 * @param requestId the {@code x-request-id} that the client saw; clients may choose it, so it need not be unique
 * @param model id of the model that answered
 * @param costMicros micro-dollars, rounded up
 * @param durationMs from the request's arrival to its end
 */
public record UsageRow(UUID id, Instant at, UUID tenantId, UUID keyId, String requestId, String model, String provider,
        long inputTokens, long outputTokens, long costMicros, Source source, Status status, long durationMs,
        boolean streamed) {

    /** Who says how many tokens there were. */
    public enum Source {
        REPORTED, ESTIMATED,
        /** Nothing was generated. */
        NONE;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How the request ended. */
    public enum Status {
        OK,
        /** The client closed its connection first. */
        CLIENT_LEFT,
        /** The provider broke off after the answer had begun. */
        INTERRUPTED,
        /** No answer came. */
        FAILED;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public UsageRow {
        if (inputTokens < 0 || outputTokens < 0 || costMicros < 0) {
            throw new IllegalArgumentException("negative usage");
        }
    }
}
