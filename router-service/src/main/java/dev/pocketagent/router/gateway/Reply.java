package dev.pocketagent.router.gateway;

import dev.pocketagent.router.openai.ApiError;
import dev.pocketagent.router.openai.ErrorProfile;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;

/** Writes short answers. */
final class Reply {

    static final String JSON = "application/json";
    /** Of an unread body so much is read and thrown away to keep the connection; above it the connection is closed. */
    private static final long CHEAP_TO_DRAIN_BYTES = 64 * 1024;
    /** So much more is read of a connection that will be closed, and for so long. */
    private static final long LINGER_BYTES = 64L * 1024 * 1024;
    private static final long LINGER_MILLIS = 2_000;

    private Reply() {}

    /** Answers with an error, whatever state the request is in; nothing happens when an answer was begun already. */
    static void error(HttpServerRequest request, ApiError error) {
        var response = request.response();
        if (response.ended() || response.headWritten() || response.closed()) {
            return;
        }
        response.setStatusCode(error.status()).putHeader("content-type", JSON);
        if (error.retryAfterSeconds() > 0) {
            response.putHeader("retry-after", Integer.toString(error.retryAfterSeconds()));
        }
        if (error.status() == 401) {
            response.putHeader("www-authenticate", "Bearer realm=\"pocketagent\"");
        }
        if (!request.isEnded()) {
            boolean costly = lengthOf(request) > CHEAP_TO_DRAIN_BYTES || request.getHeader("transfer-encoding") != null;
            if (costly && request.version() != HttpVersion.HTTP_2) {
                response.putHeader("connection", "close");
                response.end(Buffer.buffer(error.body())).onComplete(ignored -> linger(request));
                return;
            }
            request.handler(ignored -> {
            });
            request.resume();
        }
        response.end(Buffer.buffer(error.body()));
    }

    /**
     * Reads on for a moment before closing: a client that is still sending would otherwise get a reset, which takes the
     * answer out of its hands before it has read it (as nginx's lingering_close has it).
     */
    private static void linger(HttpServerRequest request) {
        var connection = request.connection();
        long[] left = {LINGER_BYTES};
        long timer = Vertx.currentContext().owner().setTimer(LINGER_MILLIS, ignored -> connection.close());
        connection.closeHandler(ignored -> Vertx.currentContext().owner().cancelTimer(timer));
        if (request.isEnded()) {
            connection.close();
            return;
        }
        request.handler(chunk -> {
            left[0] -= chunk.length();
            if (left[0] < 0) {
                connection.close();
            }
        });
        request.endHandler(ignored -> connection.close());
        request.resume();
    }

    static void error(HttpServerRequest request, ApiError error, ErrorProfile profile) {
        error(request, profile.shape(error));
    }

    /** The announced length of the body; 0 when none or no number is announced. */
    static long lengthOf(HttpServerRequest request) {
        var header = request.getHeader("content-length");
        if (header == null || header.length() > 18 || !header.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return 0;
        }
        return header.isEmpty() ? 0 : Long.parseLong(header);
    }
}
