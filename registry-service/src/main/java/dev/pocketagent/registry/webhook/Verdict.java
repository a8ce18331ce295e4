package dev.pocketagent.registry.webhook;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.net.OutboundHttp.Outcome;

/** What an attempt's outcome means for its delivery. */
sealed interface Verdict {

    /** The receiver has it. */
    record Delivered(int status) implements Verdict {}

    /** The receiver wants nothing any more. */
    record Gone() implements Verdict {}

    /**
     * Not this time.
     *
     * @param retryAfter what the endpoint asked for; null unless it answered 429 or 503 and did
     */
    record Failed(@Nullable Integer status, String error, @Nullable String retryAfter) implements Verdict {}

    int GONE = 410;

    /** Status by status as the specification suggests; a redirect is a failure. */
    static Verdict of(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Answered(int status, String retryAfter) when status / 100 == 2 -> new Delivered(status);
            case Outcome.Answered(int status, String retryAfter) when status == GONE -> new Gone();
            case Outcome.Answered(int status, String retryAfter) when status / 100 == 3 ->
                new Failed(status, "answered " + status + ": redirects are not followed, change the webhook's url",
                        null);
            case Outcome.Answered(int status, String retryAfter) ->
                new Failed(status, "answered " + status, status == 429 || status == 503 ? retryAfter : null);
            case Outcome.Failed(String reason) -> new Failed(null, reason, null);
            case Outcome.Refused(String reason) -> new Failed(null, "not allowed: " + reason, null);
        };
    }
}
