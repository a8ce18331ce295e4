package dev.pocketagent.provisioner.engine;

import java.time.Duration;
import java.util.Optional;

/**
 * What an operator can set about the engine.
 *
 * @param socket where it listens; empty: look for it
 * @param subnetPool block that stacks' networks are cut from
 * @param subnetPrefix size of one network
 * @param callTimeout of one call, grace periods and pulls not counted
 * @param pullTimeout of fetching one image
 */
public record EngineSettings(Optional<String> socket, String subnetPool, int subnetPrefix, Duration callTimeout,
        Duration pullTimeout) {

    /** Looks for the engine and uses the defaults of {@link EngineConfig}. */
    public static EngineSettings defaults() {
        return at(Optional.empty());
    }

    /** The defaults of {@link EngineConfig} with a socket. */
    public static EngineSettings at(Optional<String> socket) {
        return new EngineSettings(socket, EngineConfig.SUBNET_POOL, Integer.parseInt(EngineConfig.SUBNET_PREFIX),
                Duration.ofSeconds(60),
                Duration.ofMinutes(15));
    }
}
