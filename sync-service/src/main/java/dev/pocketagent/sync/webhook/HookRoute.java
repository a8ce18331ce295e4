package dev.pocketagent.sync.webhook;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.body.BodyShares;
import dev.pocketagent.kit.body.UnreadBody;
import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.kit.problem.ProblemType;
import dev.pocketagent.sync.SyncConfig;
import dev.pocketagent.sync.SyncProblem;
import dev.pocketagent.sync.job.SyncMetrics;
import dev.pocketagent.sync.webhook.Hooks.Hook;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

/**
 * Receives deliveries on the event loop and passes the genuine ones on to {@link WebhookResource}. Anybody may send here, so what costs
 * least comes first: a signature there at all, a sender with few failures, then a look at the source, then the body, within a deadline and
 * without a thread. The signature is computed while the body comes; of the body no more is kept than a hint is worth.
 */
@ApplicationScoped
class HookRoute {

    /** GitHub sends nothing larger. */
    static final long MOST_BYTES = 25L * 1024 * 1024;

    private static final String OUTCOME = HookRoute.class.getName();
    private static final String PATH = "/v1/hooks/";
    /** After Quarkus has looked at the caller (-200 and -100), before the resources. */
    private static final int ORDER = -1;
    private static final int KEPT_BYTES = 128 * 1024;
    /** Of all deliveries together; beyond it a push is looked at without asking which branch it was. */
    private static final long MOST_KEPT_BYTES = 8L * 1024 * 1024;
    private static final Duration SHORTLY = Duration.ofSeconds(5);

    private final Hooks hooks;
    private final SyncMetrics metrics;
    private final Clock clock;
    private final RateGate<Object> strangers;
    private final BodyShares arriving;
    private final AtomicLong keptBytes = new AtomicLong();
    private final long deadlineMillis;

    @Inject
    HookRoute(Hooks hooks, SyncMetrics metrics, Clock clock, SyncConfig config) {
        this.hooks = hooks;
        this.metrics = metrics;
        this.clock = clock;
        SyncConfig.Webhooks limits = config.webhooks();
        this.strangers = new RateGate<>(limits.failuresPerMinute(), System::nanoTime);
        // For the places alone: nobody is refused for what could be kept, it is only kept no longer.
        this.arriving = new BodyShares(limits.atOnce(), Long.MAX_VALUE);
        this.deadlineMillis = limits.deadline().toMillis();
    }

    /** What came of a delivery. */
    sealed interface Outcome {

        /** It is signed with the secret of the source. */
        record Genuine(Hook hook, PushHint hint) implements Outcome {}

        /** The answer is a problem. */
        record Refused(RuntimeException problem) implements Outcome {}
    }

    private record Judged(Hook hook, Signature signature) {}

    /** What came of the delivery of this exchange. */
    static Optional<Outcome> outcome(RoutingContext exchange) {
        return Optional.ofNullable(exchange.<Outcome>get(OUTCOME));
    }

    void register(@Observes Router router) {
        router.post(PATH + "*").order(ORDER).handler(exchange -> {
            Optional<UUID> source = source(exchange.normalizedPath());
            if (source.isPresent()) {
                new Arrival(exchange, source.get()).begin();
            } else {
                exchange.next(); // a 404
            }
        });
        metrics.watchWebhooks(arriving::receiving, keptBytes::get);
    }

    private static Optional<UUID> source(String path) {
        String name = path.substring(Math.min(PATH.length(), path.length()));
        try {
            return Optional.of(UUID.fromString(name.endsWith("/") ? name.substring(0, name.length() - 1) : name));
        } catch (IllegalArgumentException notAnId) {
            return Optional.empty();
        }
    }

    /** One delivery on its way. Lives on the event loop of its connection. */
    private final class Arrival {

        private final RoutingContext exchange;
        private final HttpServerRequest in;
        private final UUID source;
        private final Object sender;
        private final BodyShares.Share share;
        private long timer = -1;
        private boolean over;
        private long length;
        private @Nullable ByteArrayOutputStream kept = new ByteArrayOutputStream();

        Arrival(RoutingContext exchange, UUID source) {
            this.exchange = exchange;
            this.in = exchange.request();
            this.source = source;
            this.sender = Caller.payer(null, in.remoteAddress());
            this.share = arriving.of(sender);
        }

        void begin() {
            if (!Signature.isOffered(in::getHeader)) {
                unsigned("A delivery is signed with the secret of its source; this one has no signature.");
            } else if (UnreadBody.lengthOf(in) > MOST_BYTES) {
                tooLarge();
            } else if (!strangers.admits(sender)) {
                limited("Too many deliveries that were not genuine came from this address.");
            } else {
                switch (share.begin(0)) {
                    case GRANTED -> lookUp();
                    case OWN_SHARE_USED -> limited("This address is sending too many deliveries at once.");
                    default -> {
                        metrics.webhook("overloaded");
                        refuse(CommonProblem.OVERLOADED, "Too many deliveries are arriving now.", SHORTLY);
                    }
                }
            }
        }

        private void lookUp() {
            in.pause();
            in.exceptionHandler(gone -> leave()); // nobody is there to be answered
            timer = exchange.vertx().setTimer(deadlineMillis, late -> {
                metrics.webhook("slow");
                refuse(CommonProblem.REQUEST_TIMEOUT, "A delivery has to arrive within " + deadlineMillis + " ms.",
                        null);
            });
            exchange.vertx().executeBlocking(() -> hooks.find(source).map(hook -> new Judged(hook,
                    Signature.begin(hook.forge(), hook.secret(), in::getHeader, clock.instant()))), false)
                    .onComplete(found -> {
                        if (over) {
                            return;
                        }
                        if (found.failed()) {
                            pass(new Outcome.Refused(found.cause() instanceof RuntimeException known
                                    ? known
                                    : new IllegalStateException(found.cause())));
                        } else if (found.result().isEmpty()) {
                            metrics.webhook("unknown");
                            pass(new Outcome.Refused(ProblemException.notFound("webhook", source)));
                        } else {
                            receive(found.result().get());
                        }
                    });
        }

        private void receive(Judged judged) {
            Signature signature = judged.signature();
            if (signature.isHopeless()) {
                unsigned(judged.hook());
                return;
            }
            in.handler(chunk -> take(signature, chunk));
            in.endHandler(ended -> {
                if (over) {
                    return;
                }
                if (signature.matches()) {
                    // A forge that others misuse to send nonsense here must not be kept out with them.
                    strangers.giveBack(sender);
                    pass(new Outcome.Genuine(judged.hook(), hint()));
                } else {
                    unsigned(judged.hook());
                }
            });
            if ("100-continue".equalsIgnoreCase(in.getHeader("expect"))) {
                in.response().writeContinue();
            }
            in.resume();
        }

        private void take(Signature signature, Buffer chunk) {
            if (over) {
                return;
            }
            length += chunk.length();
            if (length > MOST_BYTES) {
                tooLarge();
                return;
            }
            byte[] piece = chunk.getBytes();
            signature.update(piece, 0, piece.length);
            if (kept != null) {
                kept.writeBytes(piece);
                if (keptBytes.addAndGet(piece.length) > MOST_KEPT_BYTES || length > KEPT_BYTES) {
                    forget();
                }
            }
        }

        private void forget() {
            if (kept != null) {
                keptBytes.addAndGet(-kept.size());
                kept = null;
            }
        }

        /** A body of which not all was kept says nothing: then the source is looked at, which costs little. */
        private PushHint hint() {
            if (kept == null) {
                return PushHint.NOTHING;
            }
            String type = in.getHeader("content-type");
            try {
                return PushHint.read(new ByteArrayInputStream(kept.toByteArray()), type != null
                        && type.toLowerCase(Locale.ROOT).startsWith("application/x-www-form-urlencoded"));
            } catch (IOException impossible) {
                throw new IllegalStateException("it is in memory", impossible);
            }
        }

        private void unsigned(Hook hook) {
            unsigned("Use the secret of this source as a '" + hook.forge().code()
                    + "' webhook secret, and the raw body.");
        }

        private void unsigned(String detail) {
            metrics.webhook("unsigned");
            refuse(SyncProblem.BAD_SIGNATURE, detail, null);
        }

        private void limited(String detail) {
            metrics.webhook("limited");
            refuse(CommonProblem.RATE_LIMITED, detail, SHORTLY);
        }

        private void tooLarge() {
            metrics.webhook("too-large");
            refuse(CommonProblem.PAYLOAD_TOO_LARGE, "A webhook has at most 25 MiB.", null);
        }

        private void refuse(ProblemType type, String detail, @Nullable Duration retryAfter) {
            pass(new Outcome.Refused(new ProblemException(type, detail, List.of(), retryAfter)));
        }

        /** Lets the resource answer. What is kept is let go before: who reads the answer slowly holds none of it. */
        private void pass(Outcome outcome) {
            leave();
            if (!in.isEnded()) {
                // The connection is of no use for another request: its next bytes are this body's.
                if (in.version() != HttpVersion.HTTP_2) {
                    in.response().putHeader("connection", "close");
                }
                Context loop = exchange.vertx().getOrCreateContext();
                exchange.addBodyEndHandler(answered -> loop
                        .runOnContext(now -> UnreadBody.lingerAndClose(in, exchange.vertx())));
            }
            exchange.put(OUTCOME, outcome);
            exchange.next();
        }

        private void leave() {
            over = true;
            exchange.vertx().cancelTimer(timer);
            forget();
            share.close();
        }
    }
}
