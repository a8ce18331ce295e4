package dev.pocketagent.router.gateway;

import dev.pocketagent.router.openai.ApiError;
import dev.pocketagent.router.openai.UpstreamError;

/**
 * What an upstream's error status means for our client. A provider that refuses <em>our</em> key must never look to the
 * client as if its own key were bad.
 *
 * @param requestsFault the request is to blame, so another model would not help and the provider is well
 * @param word reason for metrics and the decision
 */
record UpstreamStatus(ApiError error, boolean requestsFault, String word) {

    static UpstreamStatus of(int status, int retryAfterSeconds, byte[] body) {
        return switch (status) {
            case 400, 413, 415, 422 -> passedOn(status, UpstreamError.read(body));
            case 429 -> new UpstreamStatus(ApiError.upstreamRateLimited(retryAfterSeconds), false,
                    RouterMetrics.RATE_LIMITED);
            case 401, 403 -> refused("upstream_refused", "The model's provider refuses this router's key.");
            case 402 -> refused("upstream_quota", "This router's account at the model's provider is used up.");
            case 404 -> refused("upstream_model_missing", "The model's provider does not offer this model any more.");
            case 408, 504 -> new UpstreamStatus(
                    ApiError.upstreamTimeout("The model's provider did not answer in time."), false,
                    RouterMetrics.ERROR_STATUS);
            case 503, 529 -> new UpstreamStatus(ApiError.upstreamUnavailable("upstream_overloaded",
                    "The model's provider is overloaded. Try again shortly.", retryAfterSeconds), false,
                    RouterMetrics.ERROR_STATUS);
            default -> new UpstreamStatus(
                    ApiError.upstreamFailed("upstream_error",
                            "The model's provider failed with status " + status + "."),
                    false, RouterMetrics.ERROR_STATUS);
        };
    }

    private static UpstreamStatus passedOn(int status, UpstreamError said) {
        var message = said.message() == null ? "The model's provider refuses this request." : said.message();
        var code = said.code() == null ? "invalid_value" : said.code();
        return new UpstreamStatus(new ApiError(status, "invalid_request_error", code, said.param(), message, 0), true,
                RouterMetrics.ERROR_STATUS);
    }

    private static UpstreamStatus refused(String code, String message) {
        return new UpstreamStatus(ApiError.upstreamFailed(code, message), false, RouterMetrics.REFUSED);
    }
}
