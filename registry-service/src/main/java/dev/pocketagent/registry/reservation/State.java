package dev.pocketagent.registry.reservation;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Where a reservation is. */
enum State {
    /** Held until it expires. */
    OPEN,
    /** Used until it is released. */
    CONFIRMED,
    /** Given back by its holder. */
    RELEASED,
    /** Given back because nobody confirmed it in time. */
    EXPIRED,
    /** Another one has taken its place. */
    REPLACED;

    /** As it is stored and shown: small letters. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The state with this text; empty for an unknown one. */
    static Optional<State> ofText(String text) {
        return Arrays.stream(values()).filter(state -> state.text().equals(text)).findFirst();
    }
}
