package dev.pocketagent.registry;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.UUID;

import dev.pocketagent.kit.http.Times;
import dev.pocketagent.kit.problem.ProblemException;

/** Values of query parameters that several lists take. Each is a 400 that points at its parameter when it is none. */
public final class QueryValues {

    private QueryValues() {}

    /** @param pointer for example {@code ?tenant} */
    public static UUID id(String pointer, String text) {
        try {
            UUID id = UUID.fromString(text);
            if (id.toString().equalsIgnoreCase(text)) {
                return id;
            }
        } catch (IllegalArgumentException e) {
            // Answered below, like an id that is cut short.
        }
        throw ProblemException.invalid(pointer, "must be an id, like 01993c50-0d0e-7aa0-8d3e-51a3a0f2b6c4");
    }

    /** @param pointer for example {@code ?from} */
    public static Instant time(String pointer, String text) {
        try {
            return Times.within(pointer, OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException e) {
            throw ProblemException.invalid(pointer, "must be a time with its zone, like 2026-11-21T10:15:30Z");
        }
    }
}
