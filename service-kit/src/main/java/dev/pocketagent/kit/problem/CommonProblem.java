package dev.pocketagent.kit.problem;

/** The errors that every service can answer. A service's own are in an enum of its own. */
public enum CommonProblem implements ProblemType {
    INVALID_INPUT(400, "The request is not valid."), MALFORMED_BODY(400,
            "The body is not valid JSON."), UNKNOWN_PARAMETER(400, "A query parameter is not known."), UNAUTHENTICATED(
                    401,
                    "A valid API key is needed."), FORBIDDEN(403, "This key may not do that."), TENANT_SUSPENDED(403,
                            "The tenant is suspended."), NOT_FOUND(404, "There is no such thing."), METHOD_NOT_ALLOWED(
                                    405, "This method is not supported here."), NOT_ACCEPTABLE(406,
                                            "None of the accepted media types can be produced."), REQUEST_TIMEOUT(408,
                                                    "The request did not arrive in time."), CONFLICT(409,
                                                            "The request conflicts with the present state."), CURSOR_AHEAD(
                                                                    409,
                                                                    "The feed has no such place: it was restored to an earlier state."), IDEMPOTENCY_IN_PROGRESS(
                                                                            409,
                                                                            "A request with this Idempotency-Key is still running."), PRECONDITION_FAILED(
                                                                                    412,
                                                                                    "The thing has changed since it was read."), PAYLOAD_TOO_LARGE(
                                                                                            413,
                                                                                            "The body is too large."), UNSUPPORTED_MEDIA_TYPE(
                                                                                                    415,
                                                                                                    "This media type is not supported."), IDEMPOTENCY_MISMATCH(
                                                                                                            422,
                                                                                                            "This Idempotency-Key was used for another request."), OUTBOUND_REFUSED(
                                                                                                                    422,
                                                                                                                    "The address is not allowed as a target."), PRECONDITION_REQUIRED(
                                                                                                                            428,
                                                                                                                            "An If-Match header is needed."), RATE_LIMITED(
                                                                                                                                    429,
                                                                                                                                    "Too many requests."), INTERNAL(
                                                                                                                                            500,
                                                                                                                                            "Something went wrong on our side."), DEPENDENCY_UNAVAILABLE(
                                                                                                                                                    503,
                                                                                                                                                    "A part that this request needs is away."), OVERLOADED(
                                                                                                                                                            503,
                                                                                                                                                            "Too much is under way here.");

    private final int status;
    private final String title;

    CommonProblem(int status, String title) {
        this.status = status;
        this.title = title;
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public String title() {
        return title;
    }
}
