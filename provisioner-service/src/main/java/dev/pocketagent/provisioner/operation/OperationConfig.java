package dev.pocketagent.provisioner.operation;

import java.time.Duration;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** How operations are worked off. */
@ConfigMapping(prefix = "pocket.provisioner.operations")
public interface OperationConfig {

    /** Operations that this process runs at once; 0 makes it a replica that only takes them in. */
    @WithDefault("4")
    int workers();

    /** A worker that is silent for so long counts as dead and another takes its operation up. Heartbeats come three times as often. */
    @WithDefault("15s")
    Duration lease();

    /** How often the queue is looked at when nothing tells of new work: what another replica took in waits at most so long. */
    @WithDefault("1s")
    Duration poll();

    /** Tries of an operation whose backend is away or in conflict, with 2, 4, 8... s between them; then it has failed. */
    @WithDefault("5")
    int attempts();
}
