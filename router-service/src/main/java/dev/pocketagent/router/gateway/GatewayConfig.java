package dev.pocketagent.router.gateway;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Limits of the data path. */
@ConfigMapping(prefix = "pocket.router.gateway")
public interface GatewayConfig {

    /** Largest request body; above it 413. */
    @WithDefault("16M")
    MemorySize maxBody();

    /**
     * Bytes of request bodies held at once, over all requests whose answer has not begun; above it 503. A body is copied
     * up to three times on its way, so keep it below a quarter of the heap.
     */
    @WithDefault("64M")
    MemorySize maxBodiesHeld();

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
