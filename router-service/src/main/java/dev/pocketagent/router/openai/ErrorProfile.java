package dev.pocketagent.router.openai;

/** Which words a kind of client needs to hear for the same refusal. */
public enum ErrorProfile {
    /** OpenAI's own statuses, for SDKs and people. */
    STANDARD,
    /**
     * For keys of OpenClaw agents. OpenClaw locks its provider for 10 minutes or longer on 401, 402, 403 and on
     * {@code insufficient_quota}, and the lock survives a restart; 400 and 404 cost one request and the next turn works.
     */
    AGENT;

    public ApiError shape(ApiError error) {
        if (this == STANDARD || error.status() != 403) {
            return error;
        }
        return new ApiError(400, "invalid_request_error", error.code(), error.param(), error.message(),
                error.retryAfterSeconds());
    }
}
