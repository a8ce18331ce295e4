package dev.pocketagent.router.gateway;

import java.time.Clock;
import java.util.concurrent.atomic.AtomicLong;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;

import dev.pocketagent.router.provider.Providers;
import dev.pocketagent.router.usage.UsageRecorder;
import io.vertx.core.Vertx;

/** What all exchanges share. */
@Singleton
class Gateway {

    final Vertx vertx;
    final Providers providers;
    final UsageRecorder usage;
    final RouterMetrics metrics;
    final Clock clock;
    final long maxBodyBytes;
    final long maxBodiesHeldBytes;
    final int maxInFlight;
    final int maxEventBytes;
    final int maxAnswerBytes;
    /** Bytes of request bodies in memory, over all event loops. */
    final AtomicLong bodiesHeld = new AtomicLong();

    @Inject
    Gateway(Vertx vertx, Providers providers, UsageRecorder usage, RouterMetrics metrics, Clock clock,
            GatewayConfig config) {
        this.vertx = vertx;
        this.providers = providers;
        this.usage = usage;
        this.metrics = metrics;
        this.clock = clock;
        this.maxBodyBytes = config.maxBody().asLongValue();
        this.maxBodiesHeldBytes = config.maxBodiesHeld().asLongValue();
        this.maxInFlight = config.maxInFlight();
        this.maxEventBytes = Math.toIntExact(config.maxEvent().asLongValue());
        this.maxAnswerBytes = Math.toIntExact(config.maxAnswer().asLongValue());
    }

    /** Whether one more request can be taken on without risking those under way or the books. */
    boolean overloaded() {
        return metrics.inFlight().get() >= maxInFlight || usage.overloaded();
    }
}
