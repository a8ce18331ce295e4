package dev.pocketagent.kit.body;

import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;

import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.KitConfig;
import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.ProblemException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import io.quarkus.security.identity.CurrentIdentityAssociation;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;

/**
 * Receives the body of a request before a worker thread is taken for it, once it is known that the caller may make the call.
 * The framework itself would read it on the worker, which waits for the sender: as many slow senders as there are workers
 * would stop a service.
 */
// From the start, so that its counters are there before the first request; not a singleton, which filters would need too early.
@Startup
@ApplicationScoped
public class Bodies {

    /** Why a body was not taken, for the counter. */
    private enum Refusal {
        TIMEOUT, TOO_LARGE, OWN_SHARE_USED, ALL_USED
    }

    private static final Duration SHORTLY = Duration.ofSeconds(1);

    private final CurrentIdentityAssociation identities;
    private final BodyShares shares;
    private final int largest;
    private final long deadlineMillis;
    private final List<String> except;
    private final Map<Refusal, Counter> refused = new EnumMap<>(Refusal.class);

    @Inject
    Bodies(CurrentIdentityAssociation identities, KitConfig config, MeterRegistry meters) {
        var settings = config.bodies();
        this.identities = identities;
        this.largest = Math.toIntExact(settings.largest().asLongValue());
        long most = settings.held().map(size -> size.asLongValue())
                .orElseGet(() -> Math.max(BodyShares.eighthOfHeap(), 2L * largest));
        if (most < 2L * largest) {
            throw new IllegalArgumentException("pocket.bodies.held must be twice pocket.bodies.largest or more");
        }
        this.shares = new BodyShares(settings.receiving(), most);
        this.deadlineMillis = settings.deadline().toMillis();
        this.except = settings.except().orElse(List.of());
        for (Refusal refusal : Refusal.values()) {
            refused.put(refusal, Counter.builder("pocket_bodies_refused").description("Bodies that were not taken")
                    .tag("reason", refusal.name().toLowerCase(Locale.ROOT)).register(meters));
        }
    }

    /** Bytes that all bodies have now, of those that are answered just now included. */
    public long bytes() {
        return shares.bytes();
    }

    /** Non-blocking filters run behind the check of the caller's role and before the change to a worker thread; first of all. */
    @ServerRequestFilter(nonBlocking = true, priority = Priorities.ENTITY_CODER)
    @Nullable
    Uni<Void> receive(ContainerRequestContext request, RoutingContext exchange) {
        HttpServerRequest in = exchange.request();
        if (in.method().equals(HttpMethod.GET) || in.method().equals(HttpMethod.HEAD) || !UnreadBody.mayCome(in)
                || except.stream().anyMatch(exchange.normalizedPath()::startsWith)) {
            return null;
        }
        // Who shows no key or a bad one came so far only where none is needed, and counts by its network.
        return identities.getDeferredIdentity().onFailure().recoverWithNull()
                .chain(identity -> Uni.createFrom().emitter(done -> new Arrival(request, exchange, done)
                        .begin(shares.of(Caller.payer(identity, in.remoteAddress())))));
    }

    /** One body on its way. Lives on the event loop of its connection. */
    private final class Arrival {

        private final ContainerRequestContext request;
        private final RoutingContext exchange;
        private final HttpServerRequest in;
        private final UniEmitter<? super Void> done;
        private @Nullable IncomingBody body;
        private long timer = -1;
        private boolean over;

        Arrival(ContainerRequestContext request, RoutingContext exchange, UniEmitter<? super Void> done) {
            this.request = request;
            this.exchange = exchange;
            this.in = exchange.request();
            this.done = done;
        }

        void begin(BodyShares.Share share) {
            IncomingBody coming = new IncomingBody(share, largest);
            body = coming;
            // Until the answer is out: what is made of the body is as large again, and goes with it.
            exchange.addEndHandler(ignored -> end(coming));
            Room room = coming.begin(UnreadBody.lengthOf(in));
            if (room != Room.GRANTED) {
                refuse(room);
                return;
            }
            in.exceptionHandler(ignored -> fail(new ProblemException(CommonProblem.MALFORMED_BODY,
                    "The connection ended before the body did.")));
            // Paused, so that nothing comes in between the two handlers.
            in.pause();
            in.handler(this::take);
            in.endHandler(ignored -> taken());
            if ("100-continue".equalsIgnoreCase(in.getHeader("expect"))) {
                in.response().writeContinue();
            }
            timer = exchange.vertx().setTimer(deadlineMillis, ignored -> late());
            in.resume();
        }

        private void take(Buffer chunk) {
            if (!over && body != null) {
                Room room = body.add(chunk);
                if (room != Room.GRANTED) {
                    refuse(room);
                }
            }
        }

        private void taken() {
            if (!over && body != null) {
                over = true;
                exchange.vertx().cancelTimer(timer);
                request.setEntityStream(new ByteArrayInputStream(body.received()));
                body = null;
                done.complete(null);
            }
        }

        private void late() {
            count(Refusal.TIMEOUT);
            unread(new ProblemException(CommonProblem.REQUEST_TIMEOUT,
                    "The whole body has to arrive within " + deadlineMillis + " ms."));
        }

        private void refuse(Room room) {
            switch (room) {
                case TOO_LARGE -> {
                    count(Refusal.TOO_LARGE);
                    unread(new ProblemException(CommonProblem.PAYLOAD_TOO_LARGE, "Send a smaller body."));
                }
                case OWN_SHARE_USED -> {
                    count(Refusal.OWN_SHARE_USED);
                    unread(new ProblemException(CommonProblem.RATE_LIMITED,
                            "You are sending too many or too large bodies at once. Send fewer, then retry.", List.of(),
                            SHORTLY));
                }
                default -> {
                    count(Refusal.ALL_USED);
                    unread(new ProblemException(CommonProblem.OVERLOADED,
                            "Too many bodies are arriving now. Nothing was changed; retry shortly.", List.of(),
                            SHORTLY));
                }
            }
        }

        /** Answers although the body is not read to its end; the connection can not be used for another request then. */
        private void unread(ProblemException problem) {
            if (in.version() != HttpVersion.HTTP_2) {
                in.response().putHeader("connection", "close");
            }
            exchange.addEndHandler(ignored -> UnreadBody.lingerAndClose(in, exchange.vertx()));
            fail(problem);
        }

        private void fail(ProblemException problem) {
            if (!over) {
                over = true;
                exchange.vertx().cancelTimer(timer);
                if (body != null) {
                    body.close();
                    body = null;
                }
                done.fail(problem);
            }
        }

        private void end(IncomingBody held) {
            over = true;
            exchange.vertx().cancelTimer(timer);
            held.close();
        }

        private void count(Refusal refusal) {
            Counter counter = refused.get(refusal);
            if (counter != null) {
                counter.increment();
            }
        }
    }
}
