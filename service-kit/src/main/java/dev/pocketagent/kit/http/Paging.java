package dev.pocketagent.kit.http;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.problem.ProblemException;

/** How many items a page has. */
public final class Paging {

    public static final int DEFAULT_LIMIT = 50;
    public static final int MAX_LIMIT = 200;

    private Paging() {}

    /** The asked limit, or 50; a 400 problem outside 1..200. */
    public static int limit(@Nullable Integer asked) {
        if (asked == null) {
            return DEFAULT_LIMIT;
        }
        if (asked < 1 || asked > MAX_LIMIT) {
            throw ProblemException.invalid("?limit", "must be from 1 to " + MAX_LIMIT);
        }
        return asked;
    }
}
