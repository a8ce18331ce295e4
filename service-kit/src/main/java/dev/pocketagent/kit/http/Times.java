package dev.pocketagent.kit.http;

import java.time.Instant;

import dev.pocketagent.kit.problem.ProblemException;

/** Times that callers give us. */
public final class Times {

    /** What PostgreSQL can tell apart, and no more than anybody means; {@link Instant} reaches a thousand million years. */
    private static final Instant EARLIEST = Instant.parse("1970-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

    private Times() {}

    /**
     * The time, when the database can keep it.
     *
     * @param pointer where it was given, for the answer
     * @throws ProblemException 400
     */
    public static Instant within(String pointer, Instant time) {
        if (time.isBefore(EARLIEST) || time.isAfter(LATEST)) {
            throw ProblemException.invalid(pointer, "must be from the year 1970 to 9999");
        }
        return time;
    }
}
