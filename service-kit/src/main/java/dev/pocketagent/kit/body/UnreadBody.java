package dev.pocketagent.kit.body;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;

/** The rest of a body whose answer came before it. */
public final class UnreadBody {

    private static final long LINGER_BYTES = 64L * 1024 * 1024;
    private static final long LINGER_MILLIS = 2_000;

    private UnreadBody() {}

    /** Whether a body is announced; for HTTP/2 whether one may come. */
    static boolean mayCome(HttpServerRequest request) {
        return lengthOf(request) > 0 || request.getHeader("transfer-encoding") != null
                || request.version() == HttpVersion.HTTP_2 && !request.isEnded();
    }

    /** The announced length of the body; 0 when none or no number is announced. */
    public static long lengthOf(HttpServerRequest request) {
        String header = request.getHeader("content-length");
        if (header == null || header.isEmpty() || header.length() > 18
                || !header.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return 0;
        }
        return Long.parseLong(header);
    }

    /**
     * Ends the connection after an answer was sent, but reads on for a moment before: a client that is still sending would
     * otherwise get a reset, which takes the answer out of its hands before it has read it (as nginx's lingering_close has
     * it). With HTTP/2 only the stream ends. Call it on the event loop of the request.
     */
    public static void lingerAndClose(HttpServerRequest request, Vertx vertx) {
        Runnable close = request.version() == HttpVersion.HTTP_2
                ? () -> request.response().reset()
                : () -> request.connection().close();
        if (request.isEnded()) {
            close.run();
            return;
        }
        long[] left = {LINGER_BYTES};
        long timer = vertx.setTimer(LINGER_MILLIS, ignored -> close.run());
        request.exceptionHandler(ignored -> vertx.cancelTimer(timer));
        request.handler(chunk -> {
            left[0] -= chunk.length();
            if (left[0] < 0) {
                vertx.cancelTimer(timer);
                close.run();
            }
        });
        request.endHandler(ignored -> {
            vertx.cancelTimer(timer);
            close.run();
        });
        request.resume();
    }
}
