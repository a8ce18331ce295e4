package dev.pocketagent.registry.webhook;

import java.time.Instant;
import java.util.UUID;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * One event on its way to one webhook.
 *
 * @param id also the header {@code webhook-id} of every attempt
 * @param eventSeq the event's place in the feed; null for a test
 * @param state {@code pending}, {@code delivered} or {@code dead}
 * @param attempts begun so far
 * @param lastStatus HTTP status of the last attempt; null when there was no answer
 * @param lastError why the last attempt failed, in a few words
 */
@Schema(name = "WebhookDelivery", examples = """
        {"id":"01993c53-0a2b-7d3c-8e4f-0f5a3f0c7d11","webhookId":"01993c52-7f2a-7c1e-9a61-0f5a3f0c7d11","eventSeq":42,
         "eventId":"01993c52-9999-7c1e-9a61-0f5a3f0c7d11","type":"tenant.suspended","state":"pending","attempts":2,
         "nextAttemptAt":"2026-11-21T10:20:35Z","lastStatus":500,"lastError":"answered 500",
         "createdAt":"2026-11-21T10:15:30.123456Z","deliveredAt":null}""")
public record DeliveryView(UUID id, UUID webhookId, @Nullable Long eventSeq, UUID eventId, String type,
        @Schema(enumeration = {"pending", "delivered", "dead"}) String state, int attempts,
        @Nullable Instant nextAttemptAt, @Nullable Integer lastStatus, @Nullable String lastError, Instant createdAt,
        @Nullable Instant deliveredAt){}
