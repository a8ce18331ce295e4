package dev.pocketagent.kit.http;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.ProblemException;

/** Strong entity tags out of a row's version, and the checks of If-Match and If-None-Match. */
public final class ETags {

    private ETags() {}

    /** {@code "7"} with its quotes. */
    public static String of(long version) {
        return "\"" + version + "\"";
    }

    /**
     * Lets a change pass only when the caller saw the present version.
     *
     * @throws ProblemException 428 without a header, 412 when it names another version
     */
    public static void check(@Nullable String ifMatch, long version) {
        if (ifMatch == null || ifMatch.isBlank()) {
            throw new ProblemException(CommonProblem.PRECONDITION_REQUIRED,
                    "Read the thing first and send its ETag as If-Match, so that nobody's change gets lost.");
        }
        if (!matches(ifMatch, of(version), false)) {
            throw new ProblemException(CommonProblem.PRECONDITION_FAILED,
                    "It is at version " + of(version) + " now. Read it again, then retry with the new ETag.");
        }
    }

    /** Whether a GET may be answered 304: the caller has {@code etag} already. */
    public static boolean notModified(@Nullable String ifNoneMatch, String etag) {
        return ifNoneMatch != null && matches(ifNoneMatch, etag, true);
    }

    private static boolean matches(String header, String etag, boolean weak) {
        for (String candidate : header.split(",")) {
            String tag = candidate.strip();
            if (tag.equals("*") || tag.equals(etag) || weak && tag.equals("W/" + etag)) {
                return true;
            }
        }
        return false;
    }
}
