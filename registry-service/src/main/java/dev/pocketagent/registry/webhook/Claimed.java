package dev.pocketagent.registry.webhook;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A delivery that this process may attempt, until its lease ends.
 *
 * @param owner of the webhook; null for the platform
 * @param attempt which one this is, from 1; the number that another replica's claim would change
 * @param data what the event tells
 * @param seq the event's place in the feed; null for a test
 * @param tenantId whom the event is about
 * @param at when it happened
 * @param secrets the present one first; empty when they cannot be opened any more
 */
record Claimed(UUID id, UUID webhookId, @Nullable UUID owner, URI url, int attempt, UUID eventId, String type,
        JsonNode data, @Nullable Long seq, @Nullable UUID tenantId, Instant at, List<byte[]> secrets) {

    boolean isTest() {
        return seq == null;
    }

    /** Without secrets and address, for logs. */
    @Override
    public String toString() {
        return "delivery " + id + " of webhook " + webhookId;
    }
}
