package dev.pocketagent.router.gateway;

import java.time.Clock;
import java.time.Duration;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;

import dev.pocketagent.kit.body.BodyShares;
import dev.pocketagent.router.provider.LargeBodies;
import dev.pocketagent.router.provider.Providers;
import dev.pocketagent.router.usage.UsageRecorder;
import io.quarkus.runtime.configuration.MemorySize;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;

/** What all exchanges share. */
@Singleton
class Gateway {

    private static final long MIB = 1024 * 1024;

    final Vertx vertx;
    final Providers providers;
    final UsageRecorder usage;
    final RouterMetrics metrics;
    final Clock clock;
    final int maxBodyBytes;
    final Duration bodyDeadline;
    final int maxInFlight;
    final int maxEventBytes;
    final int maxAnswerBytes;
    /** The memory for request bodies, over all event loops; by tenant. */
    final BodyShares bodies;
    final WorkerExecutor largeBodies;

    @Inject
    Gateway(Vertx vertx, Providers providers, UsageRecorder usage, RouterMetrics metrics, Clock clock,
            GatewayConfig config) {
        this.vertx = vertx;
        this.providers = providers;
        this.usage = usage;
        this.metrics = metrics;
        this.clock = clock;
        this.maxBodyBytes = Math.toIntExact(config.maxBody().map(MemorySize::asLongValue)
                .orElseGet(() -> MIB * Math.clamp(Runtime.getRuntime().maxMemory() / 60 / MIB, 1, 16)));
        this.bodyDeadline = config.bodyDeadline();
        long held = config.maxBodiesHeld().map(MemorySize::asLongValue)
                .orElseGet(() -> Math.max(BodyShares.eighthOfHeap(), 2L * maxBodyBytes));
        if (held < 2L * maxBodyBytes) {
            throw new IllegalArgumentException(
                    "pocket.router.gateway.max-bodies-held must be twice pocket.router.gateway.max-body or more");
        }
        this.bodies = new BodyShares(config.maxReceiving(), held);
        this.largeBodies = LargeBodies.readers(vertx);
        this.maxInFlight = config.maxInFlight();
        this.maxEventBytes = Math.toIntExact(config.maxEvent().asLongValue());
        this.maxAnswerBytes = Math.toIntExact(config.maxAnswer().asLongValue());
    }

    /** Whether one more request can be taken on without risking those under way or the books. */
    boolean overloaded() {
        return metrics.inFlight().get() >= maxInFlight || usage.overloaded();
    }
}
