package dev.pocketagent.registry.pocketbase;

import java.util.Locale;

/** What a record and its tenant share, and either side may change. */
public enum Part {
    NAME, PLAN, STATE;

    /** As reports show it. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
