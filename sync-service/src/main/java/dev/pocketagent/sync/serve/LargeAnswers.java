package dev.pocketagent.sync.serve;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.StreamingOutput;

import dev.pocketagent.kit.http.WholeBody;
import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.sync.SyncConfig;
import dev.pocketagent.sync.job.SyncMetrics;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.MemorySize;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;

/**
 * Answers that hold memory, and a thread, until their reader has taken them. Each has its place, its bytes and its time; who comes when
 * there is no room is told to try again shortly. The body is written piece by piece, so that no more than a buffer of it waits outside of
 * what was counted.
 */
@ApplicationScoped
class LargeAnswers {

    /** What fits into the buffer of a connection (64 KiB in Vert.x and Netty) holds no thread and is not counted. */
    static final long SMALL_BYTES = 64 * 1024;

    private static final Duration SHORTLY = Duration.ofSeconds(1);

    private final AnswerRoom room;
    private final long deadlineMillis;
    private final SyncMetrics metrics;
    private final Vertx vertx;

    @Inject
    LargeAnswers(SyncConfig config, SyncMetrics metrics, Vertx vertx) {
        SyncConfig.Answers limits = config.answers();
        // A quarter: what is read at the moment (a delta and what it is made from) comes on top.
        this.room = new AnswerRoom(limits.atOnce(),
                limits.bytes().map(MemorySize::asLongValue).orElse(Runtime.getRuntime().maxMemory() / 4));
        this.deadlineMillis = limits.deadline().toMillis();
        this.metrics = metrics;
        this.vertx = vertx;
    }

    void start(@Observes StartupEvent event) {
        metrics.watchAnswers(room::answers, room::bytes);
    }

    /**
     * Takes room for an answer until it is sent, cut off or not made.
     *
     * @param bytes what the answer will hold in memory, estimated before it is made
     * @throws ProblemException 503 when there is no room now
     */
    Held hold(UUID tenant, long bytes, RoutingContext exchange) {
        if (bytes > SMALL_BYTES) {
            if (!room.enter(tenant, bytes)) {
                metrics.answerRefused();
                throw new ProblemException(CommonProblem.OVERLOADED,
                        "Too many large answers are being read now; read them one after the other.", List.of(),
                        SHORTLY);
            }
            leaveAtTheEnd(tenant, bytes, exchange);
        }
        return new Held(exchange.request(), vertx.getOrCreateContext(), bytes > SMALL_BYTES);
    }

    private void leaveAtTheEnd(UUID tenant, long bytes, RoutingContext exchange) {
        HttpServerRequest request = exchange.request();
        AtomicBoolean left = new AtomicBoolean();
        Runnable leave = () -> {
            if (left.compareAndSet(false, true)) {
                room.leave(tenant, bytes);
            }
        };
        long timer = vertx.setTimer(deadlineMillis, late -> {
            breakOff(request);
            leave.run();
        });
        exchange.addEndHandler(ended -> {
            vertx.cancelTimer(timer);
            leave.run();
        });
        if (request.response().closed()) {
            leave.run(); // its reader went away before: there is no end to come
        }
    }

    private static void breakOff(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            request.response().reset();
        } else {
            request.connection().close();
        }
    }

    /**
     * The room of one answer.
     *
     * @param loop the event loop of its connection
     * @param isLarge whether the answer is to be written with {@link #body}
     */
    record Held(HttpServerRequest request, Context loop, boolean isLarge) {

        /** The body of the answer, written on a thread as fast as it is read. */
        StreamingOutput body(StreamingOutput body) {
            return new WholeBody(request, out -> body.write(new PacedStream(out, loop)));
        }
    }
}
