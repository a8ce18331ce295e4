package dev.pocketagent.kit.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import jakarta.ws.rs.core.StreamingOutput;

import org.jboss.logging.Logger;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;

/**
 * A body that is written piece by piece and ends as a whole one only when it is whole.
 *
 * <p>
 * The framework resets the response of a body that fails half-way, but that races with the regular end of a chunked body
 * on the event loop: now and then the reader of a cut-off body saw a proper end. Here the connection is gone before the
 * framework learns of the failure, so that there is nothing left that could end it.
 */
public final class WholeBody implements StreamingOutput {
    private static final Logger LOG = Logger.getLogger(WholeBody.class);
    private static final long CLOSE_SECONDS = 10;

    private final HttpServerRequest request;
    private final StreamingOutput body;

    /**
     * @param request the request that is answered
     * @param body    writes the body, on a thread that may block; what it throws before the head of the answer is sent
     *                becomes a problem as usual
     */
    public WholeBody(HttpServerRequest request, StreamingOutput body) {
        this.request = request;
        this.body = body;
    }

    @Override
    public void write(OutputStream out) throws IOException {
        try {
            body.write(out);
        } catch (IOException | RuntimeException e) {
            if (e instanceof IOException && request.response().closed()) {
                // The reader left, or was cut off: no error of ours.
                var left = new ClosedChannelException();
                left.initCause(e);
                throw left;
            }
            if (request.response().headWritten()) {
                breakOff();
            }
            throw e;
        }
    }

    private void breakOff() {
        if (request.version() == HttpVersion.HTTP_2) {
            // Other answers share the connection.
            request.response().reset();
            return;
        }
        Future<Void> closed = request.connection().close();
        try {
            closed.toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.debugf(e, "The connection of a body that failed could not be closed in order");
        }
    }
}
