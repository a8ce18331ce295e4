package dev.pocketagent.router.gateway;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.body.IncomingBody;
import dev.pocketagent.kit.body.Room;
import dev.pocketagent.kit.body.UnreadBody;
import dev.pocketagent.router.gateway.RouterMetrics.Outcome;
import dev.pocketagent.router.openai.ApiError;
import dev.pocketagent.router.openai.ChatRequestReader;
import dev.pocketagent.router.openai.ChatRequestReader.Reading;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;

/** {@code POST /v1/chat/completions}: key, body, one parse; then an {@link Exchange} takes over. */
@Singleton
class ChatRoute {

    /** Reading this much takes about 1 ms; more is read on a worker thread so that other clients need not wait. */
    private static final int READ_INLINE_BYTES = 512 * 1024;
    private static final long NO_TIMER = -1;

    private final Gateway gateway;
    private final KeyGate keys;

    @Inject
    ChatRoute(Gateway gateway, KeyGate keys) {
        this.gateway = gateway;
        this.keys = keys;
    }

    void handle(HttpServerRequest request) {
        var arrival = new Arrival(request);
        gateway.metrics.inFlight().incrementAndGet();
        request.response().putHeader("x-request-id", arrival.requestId);
        request.exceptionHandler(ignored -> arrival.end(Outcome.CLIENT_LEFT));
        request.response().exceptionHandler(ignored -> arrival.end(Outcome.CLIENT_LEFT));
        request.response().closeHandler(ignored -> arrival.end(Outcome.CLIENT_LEFT));
        keys.check(request, KeyGate.CALL, arrival::admitted);
    }

    /** One request until its body is read. */
    final class Arrival {

        final HttpServerRequest request;
        final String requestId;
        final long startedAt = System.nanoTime();

        private Admission.@Nullable Granted key;
        /** From the first byte to the first of the answer. */
        private @Nullable IncomingBody body;
        /** Received and not read yet. Any thread. */
        private volatile byte @Nullable [] whole;
        private long deadline = NO_TIMER;
        private boolean over;

        Arrival(HttpServerRequest request) {
            this.request = request;
            this.requestId = RequestIds.of(request.getHeader("x-request-id"));
        }

        private void admitted(Admission admission) {
            if (over) {
                return;
            }
            switch (admission) {
                case Admission.Refused(ApiError error) -> refuse(error);
                case Admission.Granted granted -> {
                    key = granted;
                    receive(granted);
                }
            }
        }

        private void receive(Admission.Granted granted) {
            var encoding = request.getHeader("content-encoding");
            if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
                refuse(ApiError.unsupportedMediaType());
                return;
            }
            if (gateway.overloaded()) {
                refuse(ApiError.overloaded());
                return;
            }
            var coming = new IncomingBody(gateway.bodies.of(granted.tenantId()), gateway.maxBodyBytes);
            body = coming;
            var room = coming.begin(UnreadBody.lengthOf(request));
            if (room != Room.GRANTED) {
                refuse(room);
                return;
            }
            if ("100-continue".equalsIgnoreCase(request.getHeader("expect"))) {
                request.response().writeContinue();
            }
            request.handler(this::chunk);
            request.endHandler(ignored -> received());
            deadline = gateway.vertx.setTimer(gateway.bodyDeadline.toMillis(),
                    ignored -> refuse(ApiError.requestTimeout(gateway.bodyDeadline)));
            request.resume();
        }

        private void chunk(Buffer chunk) {
            if (over || body == null) {
                return;
            }
            var room = body.add(chunk);
            if (room != Room.GRANTED) {
                refuse(room);
            }
        }

        private void received() {
            if (over || body == null) {
                return;
            }
            gateway.vertx.cancelTimer(deadline);
            var bytes = body.received();
            if (bytes.length <= READ_INLINE_BYTES) {
                read(ChatRequestReader.read(bytes));
            } else {
                whole = bytes;
                gateway.largeBodies.executeBlocking(this::readWhole, false)
                        .onComplete(result -> read(result.result()));
            }
        }

        private @Nullable Reading readWhole() {
            var bytes = whole;
            whole = null;
            return bytes == null ? null : ChatRequestReader.read(bytes);
        }

        private void read(@Nullable Reading reading) {
            if (over) {
                return;
            }
            switch (reading) {
                case null -> refuse(ApiError.internal());
                case Reading.Refused(ApiError error) -> refuse(error);
                case Reading.Read(var chat) -> {
                    if (key != null) {
                        new Exchange(gateway, this, key, chat).begin();
                    }
                }
            }
        }

        private void refuse(Room room) {
            refuse(switch (room) {
                case TOO_LARGE -> ApiError.bodyTooLarge(gateway.maxBodyBytes);
                case OWN_SHARE_USED -> ApiError.tooManyBodies();
                case ALL_USED, GRANTED -> ApiError.overloaded();
            });
        }

        private void refuse(ApiError error) {
            if (over) {
                return;
            }
            end(outcomeOf(error));
            var profile = key == null ? Admission.profileOf("") : key.profile();
            Reply.error(request, error, profile);
        }

        /** The body is not needed any more, while the answer may still take minutes. */
        void releaseBody() {
            if (body != null) {
                body.close();
                body = null;
            }
        }

        /** Ends the count of this request, once. The answer is the caller's business. */
        void end(Outcome outcome) {
            if (!over) {
                over = true;
                whole = null;
                if (deadline != NO_TIMER) {
                    gateway.vertx.cancelTimer(deadline);
                }
                releaseBody();
                gateway.metrics.inFlight().decrementAndGet();
                gateway.metrics.ended(outcome, System.nanoTime() - startedAt);
            }
        }
    }

    static Outcome outcomeOf(ApiError error) {
        return switch (error.status()) {
            case 401 -> Outcome.UNAUTHENTICATED;
            case 403 -> Outcome.FORBIDDEN;
            case 429 -> Outcome.RATE_LIMITED;
            case 500 -> Outcome.INTERNAL_ERROR;
            case 502, 504 -> Outcome.UPSTREAM_ERROR;
            case 503 -> Outcome.OVERLOADED;
            default -> Outcome.CLIENT_ERROR;
        };
    }
}
