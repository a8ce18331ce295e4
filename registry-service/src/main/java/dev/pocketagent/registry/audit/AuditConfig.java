package dev.pocketagent.registry.audit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** How the ends of the chains are noted outside of the database. */
@ConfigMapping(prefix = "pocket.registry.audit")
public interface AuditConfig {

    /** How long a cut tail can stay unseen: how often the ends that changed are noted. 0 turns it off. */
    @WithDefault("10m")
    Duration headsEvery();

    /**
     * Directory for the noted ends, best one that this machine can only add to, or that is copied elsewhere; replicas share
     * it. With it the check of the trail compares with what was noted. Without it only a digest is logged and published.
     */
    Optional<Path> headsDir();
}
