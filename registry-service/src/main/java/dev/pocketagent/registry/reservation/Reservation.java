package dev.pocketagent.registry.reservation;

import java.time.Instant;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.registry.quota.Amounts;

/**
 * A claim on part of a quota, as it is stored.
 *
 * @param replaces the confirmed reservation that it takes over from; it holds only what it needs beyond that
 * @param expiresAt of an open one
 */
record Reservation(UUID id, UUID tenantId, String holder, State state, Amounts amounts, @Nullable UUID replaces,
        Instant createdAt, @Nullable UUID createdBy, @Nullable Instant expiresAt, @Nullable Instant confirmedAt,
        @Nullable Instant endedAt, long version) {

    Reservation confirmed(Instant now) {
        return new Reservation(id, tenantId, holder, State.CONFIRMED, amounts, replaces, createdAt, createdBy, null,
                now,
                null, version + 1);
    }

    /** @param how released or replaced */
    Reservation ended(State how, Instant now) {
        return new Reservation(id, tenantId, holder, how, amounts, replaces, createdAt, createdBy, null, confirmedAt,
                now, version + 1);
    }
}
