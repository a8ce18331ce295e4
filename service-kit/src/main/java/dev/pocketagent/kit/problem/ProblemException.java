package dev.pocketagent.kit.problem;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

/** Ends a request with a problem. It is an answer, not an accident: it is not logged and has no stack trace. */
public final class ProblemException extends RuntimeException {

    private final ProblemType type;
    private final String detail;
    private final List<InputError> errors;
    private final @Nullable Duration retryAfter;

    public ProblemException(ProblemType type, String detail) {
        this(type, detail, List.of(), null);
    }

    public ProblemException(ProblemType type, String detail, List<InputError> errors) {
        this(type, detail, errors, null);
    }

    public ProblemException(ProblemType type, String detail, List<InputError> errors, @Nullable Duration retryAfter) {
        super(type.code() + ": " + detail, null, false, false);
        this.type = type;
        this.detail = detail;
        this.errors = List.copyOf(errors);
        this.retryAfter = retryAfter;
    }

    /** One wrong field. {@code pointer} as {@link InputError} describes it. */
    public static ProblemException invalid(String pointer, String detail) {
        return new ProblemException(CommonProblem.INVALID_INPUT, pointer + ": " + detail,
                List.of(new InputError(pointer, detail)));
    }

    /** The same answer for what does not exist and for what belongs to somebody else. */
    public static ProblemException notFound(String what, Object id) {
        return new ProblemException(CommonProblem.NOT_FOUND, "No " + what + " '" + id + "' is known here.");
    }

    /** A dependency is away; the client should try again after the given time. */
    public static ProblemException unavailable(String detail, Duration retryAfter) {
        return new ProblemException(CommonProblem.DEPENDENCY_UNAVAILABLE, detail, List.of(), retryAfter);
    }

    public ProblemType type() {
        return type;
    }

    public String detail() {
        return detail;
    }

    public List<InputError> errors() {
        return errors;
    }

    public @Nullable Duration retryAfter() {
        return retryAfter;
    }
}
