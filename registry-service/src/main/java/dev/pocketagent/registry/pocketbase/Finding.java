package dev.pocketagent.registry.pocketbase;

import org.jspecify.annotations.Nullable;

/**
 * What a person should know, and nothing is done about.
 *
 * @param field the record's field, or {@code slug}, {@code name}, {@code plan}, {@code state}
 * @param record PocketBase's value
 * @param tenant the registry's value
 */
record Finding(Kind kind, @Nullable String field, @Nullable String record, @Nullable String tenant, String reason) {

    enum Kind {
        /** The sides differ, and that is all. */
        DRIFT,
        /** Both sides changed the same thing differently. */
        CONFLICT,
        /** The record cannot be used. */
        BAD
    }
}
