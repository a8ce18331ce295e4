package dev.pocketagent.sync.job;

import java.util.Locale;

/** Why a source is looked at. */
public enum Cause {
    CREATED, CHANGED, MANUAL, WEBHOOK, SCHEDULE, WATCH, REPAIR;

    String code() {
        return name().toLowerCase(Locale.ROOT);
    }
}
