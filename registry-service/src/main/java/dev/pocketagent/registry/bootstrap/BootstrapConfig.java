package dev.pocketagent.registry.bootstrap;

import java.nio.file.Path;
import java.util.Optional;

import io.smallrye.config.ConfigMapping;

/** Where the first keys are. */
@ConfigMapping(prefix = "pocket.registry.bootstrap")
public interface BootstrapConfig {

    /** File with the operator's whole key. Without it nobody can sign in to an empty registry. */
    Optional<Path> operatorKeyFile();

    /** Directory with one file {@code <service>.key} a service, each with a whole {@code pocket_svc_} key. */
    Optional<Path> serviceKeysDir();
}
