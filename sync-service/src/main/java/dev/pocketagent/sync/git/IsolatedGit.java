package dev.pocketagent.sync.git;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;

import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.storage.file.FileBasedConfig;
import org.eclipse.jgit.util.FS;
import org.eclipse.jgit.util.SystemReader;
import org.jspecify.annotations.Nullable;

/**
 * Cuts JGit off from the machine: no system, user or JGit configuration file is read or written, and no {@code GIT_*} variable counts.
 * A configuration of the account that runs the service could otherwise rewrite URLs, add proxies or credentials helpers.
 */
public final class IsolatedGit extends SystemReader {

    // Coarser than any file system we run on. JGit would else probe the disk for 0.3-0.8 s at first use and write what it found to ~/.config.
    private static final Duration TIMESTAMP_RESOLUTION = Duration.ofSeconds(1);

    private final SystemReader machine;

    private IsolatedGit(SystemReader machine) {
        this.machine = machine;
    }

    /** Isolates JGit for the whole process. Safe to call again. */
    public static synchronized void install() {
        SystemReader current = SystemReader.getInstance();
        if (!(current instanceof IsolatedGit)) {
            SystemReader.setInstance(new IsolatedGit(current));
        }
    }

    @Override
    public String getHostname() {
        return "localhost";
    }

    @Override
    public @Nullable String getenv(String variable) {
        return null;
    }

    @Override
    public @Nullable String getProperty(String key) {
        return machine.getProperty(key);
    }

    @Override
    public FileBasedConfig openUserConfig(@Nullable Config parent, FS fs) {
        return new Empty(parent, fs);
    }

    @Override
    public FileBasedConfig openSystemConfig(@Nullable Config parent, FS fs) {
        return new Empty(parent, fs);
    }

    @Override
    public FileBasedConfig openJGitConfig(@Nullable Config parent, FS fs) {
        return new Empty(parent, fs);
    }

    @Override
    @SuppressWarnings("deprecation") // abstract in JGit, so it has to be there
    public long getCurrentTime() {
        return machine.now().toEpochMilli();
    }

    @Override
    public Instant now() {
        return machine.now();
    }

    @Override
    @SuppressWarnings("deprecation") // abstract in JGit, so it has to be there
    public int getTimezone(long when) {
        return 0;
    }

    @Override
    public ZoneOffset getTimeZoneAt(Instant when) {
        return ZoneOffset.UTC;
    }

    @Override
    public ZoneId getTimeZoneId() {
        return ZoneOffset.UTC;
    }

    private static final class Empty extends FileBasedConfig {

        @SuppressWarnings("NullAway") // JGit's own reader passes no file for an absent configuration.
        Empty(@Nullable Config parent, FS fs) {
            super(parent, null, fs);
        }

        @Override
        public void load() {
            // nothing to read
        }

        @Override
        public void save() {
            // nothing to write
        }

        @Override
        public boolean isOutdated() {
            return false;
        }

        @Override
        public long getTimeUnit(String section, @Nullable String subsection, String name, long defaultValue,
                TimeUnit unit) {
            if (section.equals("filesystem")
                    && (name.equals("timestampResolution") || name.equals("minRacyThreshold"))) {
                return unit.convert(TIMESTAMP_RESOLUTION);
            }
            return super.getTimeUnit(section, subsection, name, defaultValue, unit);
        }
    }
}
