package dev.pocketagent.kit.quota;

import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * What one thing takes of its tenant's quota, as it is stored.
 *
 * @param wanted null when the thing is gone
 * @param openId the reservation that was taken before the last change, to be confirmed
 * @param confirmed what the registry is known to hold for it
 * @param tries since it last changed
 * @param trouble why the last try failed
 */
record Hold(String holder, UUID tenantId, @Nullable Amounts wanted, @Nullable UUID openId,
        @Nullable Confirmed confirmed,
        long version, int tries, @Nullable String trouble) {

    /** A confirmed reservation. */
    record Confirmed(UUID id, Amounts amounts) {}

    /** What brings the registry closer to what is wanted. */
    sealed interface Step {

        /** Give all back that the registry has under this holder's name. */
        record GiveBack() implements Step {}

        /** Confirm the reservation that is open. */
        record Confirm(UUID reservation) implements Step {}

        /**
         * Reserve and confirm.
         *
         * @param replaces the confirmed reservation whose place it takes
         * @param key names this very intention, so that nobody reserves twice for it, other replicas included
         */
        record Take(Amounts amounts, @Nullable UUID replaces, String key) implements Step {}

        /** All is as it should be. */
        record Rest() implements Step {}
    }

    /** What is to be done next. */
    Step next() {
        if (wanted == null) {
            return new Step.GiveBack();
        }
        if (openId != null) {
            return new Step.Confirm(openId);
        }
        if (confirmed == null) {
            return new Step.Take(wanted, null, key());
        }
        return confirmed.amounts().equals(wanted)
                ? new Step.Rest()
                : new Step.Take(wanted, confirmed.id(), key());
    }

    /** Whether the registry holds so much already, and goes on doing so: it is not about to hold less. */
    boolean covers(Amounts amounts) {
        return confirmed != null && !amounts.exceeds(confirmed.amounts()) && wanted != null && !amounts.exceeds(wanted);
    }

    /** Whether nothing is to be done. */
    boolean atRest() {
        return next() instanceof Step.Rest;
    }

    private String key() {
        return "hold/" + holder + "/" + version;
    }
}
