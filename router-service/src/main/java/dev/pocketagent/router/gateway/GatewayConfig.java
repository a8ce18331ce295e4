package dev.pocketagent.router.gateway;

import java.time.Duration;
import java.util.Optional;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Limits of the data path. */
@ConfigMapping(prefix = "pocket.router.gateway")
public interface GatewayConfig {

    /** Largest request body; above it 413. A sixtieth of the heap unless told, 1 to 16 MiB: 4 MiB of a heap of 256. */
    Optional<MemorySize> maxBody();

    /** Within what time a whole body must arrive; then 408. */
    @WithDefault("30s")
    Duration bodyDeadline();

    /** Bodies that may be arriving at once. One tenant gets a third of it at most, then 429; when all is used, 503. */
    @WithDefault("2048")
    int maxReceiving();

    /**
     * Bytes of request bodies held at once, over all requests whose answer has not begun, shared out in the same way. An eighth
     * of the heap unless told, and twice the largest body at least: a body may be there twice, as received and as sent on.
     */
    Optional<MemorySize> maxBodiesHeld();

    /** Requests worked on at once; above it 503. */
    @WithDefault("10000")
    int maxInFlight();

    /** Largest single event of a stream that is waited for. */
    @WithDefault("8M")
    MemorySize maxEvent();

    /** Largest answer that is not streamed. */
    @WithDefault("32M")
    MemorySize maxAnswer();
}
