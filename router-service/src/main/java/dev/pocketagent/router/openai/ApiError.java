package dev.pocketagent.router.openai;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * An error as OpenAI clients expect it: {@code {"error":{"message","type","param","code"}}}.
 *
 * @param status HTTP status
 * @param type OpenAI's error class, e.g. {@code invalid_request_error}
 * @param code stable word for programs
 * @param param request field at fault, as a path like {@code stream_options.include_usage}
 * @param message sentence for people; never holds a secret or an internal name
 * @param retryAfterSeconds value of the {@code Retry-After} header, 0 for none
 */
public record ApiError(int status, String type, String code, @Nullable String param, String message,
        int retryAfterSeconds) {

    private static final String INVALID = "invalid_request_error";
    private static final String SERVER = "server_error";

    /** One body for every bad key: missing, malformed, unknown, revoked, expired. It must not tell which. */
    public static ApiError unauthenticated() {
        return new ApiError(401, "authentication_error", "invalid_api_key", null,
                "Missing or incorrect API key. Send it as \"Authorization: Bearer pocket_...\".", 0);
    }

    public static ApiError tenantSuspended() {
        return new ApiError(403, "permission_error", "tenant_suspended", null,
                "This tenant is suspended. Ask its operator to resume it.", 0);
    }

    /** The key is good but of a kind that may not call models (an operator's key has no tenant to book usage on). */
    public static ApiError keyNotAllowed() {
        return new ApiError(403, "permission_error", "key_not_allowed", null,
                "This key may not call models. Use a tenant's or an agent's key.", 0);
    }

    /** The key has scopes, and not the one that this call needs. */
    public static ApiError scopeMissing(String scope) {
        return new ApiError(403, "permission_error", "missing_scope", null, "This call needs the scope '" + scope
                + "', which this key does not have. Use a key with it, or one without scopes.", 0);
    }

    /** Too many bad keys came from the caller's address; a key that was good goes on. */
    public static ApiError tooManyBadKeys(Duration wait) {
        return new ApiError(429, "rate_limit_error", "rate_limit_exceeded", null,
                "Too many incorrect API keys came from your address. Try again later.",
                (int) Math.max(1, wait.plusMillis(999).toSeconds()));
    }

    /** Same body for a model that does not exist and for one that the plan does not allow. */
    public static ApiError modelNotFound(String model) {
        return new ApiError(404, INVALID, "model_not_found", "model",
                "The model '" + shown(model) + "' does not exist or you do not have access to it.", 0);
    }

    public static ApiError notFound(String method, String path) {
        return new ApiError(404, INVALID, "unknown_url", null,
                "Unknown request URL: " + shown(method) + " " + shown(path) + ".", 0);
    }

    public static ApiError methodNotAllowed(String method, String path) {
        return new ApiError(405, INVALID, "method_not_allowed", null,
                "Not allowed to " + shown(method) + " on " + shown(path) + ".", 0);
    }

    public static ApiError invalid(@Nullable String param, String message) {
        return new ApiError(400, INVALID, "invalid_value", param, message, 0);
    }

    public static ApiError invalidJson(String message) {
        return new ApiError(400, INVALID, "invalid_json", null, message, 0);
    }

    public static ApiError bodyTooLarge(long limitBytes) {
        return new ApiError(413, INVALID, "request_too_large", null,
                "The request body is larger than the limit of " + limitBytes + " bytes.", 0);
    }

    /** The body did not arrive within its time; nothing was sent to a provider. */
    public static ApiError requestTimeout(Duration limit) {
        return new ApiError(408, INVALID, "request_timeout", null,
                "The whole request body has to arrive within " + limit.toMillis() + " ms.", 0);
    }

    /** The tenant's other requests hold its share of this instance's memory; nothing was sent to a provider. */
    public static ApiError tooManyBodies() {
        return new ApiError(429, "rate_limit_error", "rate_limit_exceeded", null,
                "Your requests under way are too many or too large. Send fewer at once, then try again.", 1);
    }

    public static ApiError unsupportedMediaType() {
        return new ApiError(415, INVALID, "unsupported_media_type", null,
                "Send the request body as JSON, not compressed.", 0);
    }

    /** This instance holds as many requests or bytes as it may; nothing was sent to a provider. */
    public static ApiError overloaded() {
        return new ApiError(503, SERVER, "overloaded", null, "The router is busy. Try again shortly.", 1);
    }

    public static ApiError keyCheckUnavailable() {
        return new ApiError(503, SERVER, "key_check_unavailable", null,
                "The key can not be checked right now. Try again shortly.", 2);
    }

    public static ApiError internal() {
        return new ApiError(500, SERVER, "internal_error", null, "The router failed on this request.", 0);
    }

    public static ApiError upstreamRateLimited(int retryAfterSeconds) {
        return new ApiError(429, "rate_limit_error", "rate_limit_exceeded", null,
                "The model's provider limits the rate of requests. Slow down.", Math.max(1, retryAfterSeconds));
    }

    public static ApiError upstreamFailed(String code, String message) {
        return new ApiError(502, SERVER, code, null, message, 0);
    }

    public static ApiError upstreamUnavailable(String code, String message, int retryAfterSeconds) {
        return new ApiError(503, SERVER, code, null, message, Math.max(1, retryAfterSeconds));
    }

    public static ApiError upstreamTimeout(String message) {
        return new ApiError(504, SERVER, "upstream_timeout", null, message, 1);
    }

    /** Sent inside a stream that already began; the stream then ends without {@code [DONE]}. */
    public static ApiError upstreamInterrupted() {
        return new ApiError(502, SERVER, "upstream_interrupted", null,
                "The model's provider broke off the answer. What arrived so far is incomplete.", 0);
    }

    /** The JSON body in UTF-8. */
    public byte[] body() {
        var out = new ByteArrayOutputStream(192);
        write(out);
        return out.toByteArray();
    }

    /** The error as one server-sent event. */
    public byte[] event() {
        var out = new ByteArrayOutputStream(192);
        out.writeBytes(SseScanner.DATA);
        write(out);
        out.write('\n');
        out.write('\n');
        return out.toByteArray();
    }

    private void write(ByteArrayOutputStream out) {
        text(out, "{\"error\":{\"message\":");
        out.writeBytes(Json.quote(message));
        text(out, ",\"type\":");
        out.writeBytes(Json.quote(type));
        text(out, ",\"param\":");
        out.writeBytes(param == null ? Json.NULL : Json.quote(param));
        text(out, ",\"code\":");
        out.writeBytes(Json.quote(code));
        text(out, "}}");
    }

    private static void text(ByteArrayOutputStream out, String ascii) {
        out.writeBytes(ascii.getBytes(StandardCharsets.US_ASCII));
    }

    /** A caller's text goes into a message only shortened, so that an error is never megabytes long. */
    private static String shown(String text) {
        return text.length() <= 200 ? text : text.substring(0, 200) + "...";
    }
}
