package dev.pocketagent.provisioner.engine;

import java.time.Duration;
import java.util.Optional;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Settings of the container engine. */
@ConfigMapping(prefix = "pocket.provisioner.engine")
public interface EngineConfig {

    /** Not among the addresses that Docker (172.17-31, 192.168) and Podman (10.88, 10.89 and up) hand out by themselves. */
    String SUBNET_POOL = "10.213.0.0/16";
    String SUBNET_PREFIX = "27";

    /** The engine's address: a path, {@code unix:///path} or {@code tcp://host:port}. Not set: the first usual place that answers. */
    Optional<String> socket();

    /** The block of private addresses that stacks' networks are cut from. Networks that exist keep theirs when it changes. */
    @WithDefault(SUBNET_POOL)
    String subnetPool();

    /** Size of one network: 27 leaves 29 containers a network and 2048 networks in a /16. */
    @WithDefault(SUBNET_PREFIX)
    int subnetPrefix();

    /** How long one call to the engine may take before the step fails and is tried again; grace periods and pulls come on top. */
    @WithDefault("60s")
    Duration callTimeout();

    /** How long fetching one image may take. */
    @WithDefault("15m")
    Duration pullTimeout();

    default EngineSettings settings() {
        return new EngineSettings(socket(), subnetPool(), subnetPrefix(), callTimeout(), pullTimeout());
    }
}
