package dev.pocketagent.router.usage;

import java.nio.file.Path;
import java.time.Duration;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** How usage rows reach the database. */
@ConfigMapping(prefix = "pocket.router.usage")
public interface UsageConfig {

    /**
     * Directory for rows that are not in the database yet. Must survive a restart; may be shared by several instances. Rows
     * that the database refuses for good stay here as {@code rejected-<tenant>.rows} until the tenant is erased; an instance
     * with a directory of its own may have to be cleaned by hand then.
     */
    @WithDefault("${pocket.home:${user.home}/.pocketagent}/router/usage")
    Path journalDir();

    /** Longest time a row is only in memory: what a kill -9 can lose. Synced to disk as often. */
    @WithDefault("150ms")
    Duration flushInterval();

    /** Rows that are written out without waiting for the interval. */
    @WithDefault("500")
    int flushRows();

    /** Rows in memory above which new requests are refused with 503; reached only when the disk stands still. */
    @WithDefault("50000")
    int maxQueued();
}
