package dev.pocketagent.registry.bootstrap;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Where the first keys are. */
@ConfigMapping(prefix = "pocket.registry.bootstrap")
public interface BootstrapConfig {

    /** File with the operator's whole key. Without it nobody can sign in to an empty registry. */
    Optional<Path> operatorKeyFile();

    /**
     * Directory with one file {@code <service>.key} a service, each with a whole {@code pocket_svc_} key. The keys of
     * provisioner, router and sync open what those services call; one of another name all that the role service may.
     */
    Optional<Path> serviceKeysDir();

    /**
     * How long a key goes on after its file got another text and this service was started with it; services read their
     * file again when their key was refused. 0s revokes it at once: for a key that leaked.
     */
    @WithDefault("1h")
    Duration overlap();
}
