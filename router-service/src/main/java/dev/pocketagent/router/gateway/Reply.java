package dev.pocketagent.router.gateway;

import dev.pocketagent.kit.body.UnreadBody;
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
            boolean costly = UnreadBody.lengthOf(request) > CHEAP_TO_DRAIN_BYTES
                    || request.getHeader("transfer-encoding") != null;
            if (costly && request.version() != HttpVersion.HTTP_2) {
                response.putHeader("connection", "close");
                response.end(Buffer.buffer(error.body()))
                        .onComplete(ignored -> UnreadBody.lingerAndClose(request, Vertx.currentContext().owner()));
                return;
            }
            request.handler(ignored -> {
            });
            request.resume();
        }
        response.end(Buffer.buffer(error.body()));
    }

    static void error(HttpServerRequest request, ApiError error, ErrorProfile profile) {
        error(request, profile.shape(error));
    }
}
