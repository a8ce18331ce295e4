package dev.pocketagent.registry.tenant;

import java.time.Duration;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** How tenants go. */
@ConfigMapping(prefix = "pocket.registry")
public interface DeletionConfig {

    /** How long a deleted tenant can be had back before its data is erased. Changes nothing for those deleted already. */
    @WithDefault("30d")
    Duration deletionGrace();
}
