package dev.pocketagent.sync;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** What sync-service can be told. */
@ConfigMapping(prefix = "pocket.sync")
public interface SyncConfig {

    /** Folder of the git stores. A cache: what is lost is fetched again, and until then reads of it answer 503. */
    @WithDefault("${java.io.tmpdir}/pocket-sync/store")
    Path storeDir();

    /** Folder below which sources may publish files, as {@code <root>/<tenant id>/<publishTo>}. Without it none may. */
    Optional<Path> publishRoot();

    /** Directories of this machine that may be local sources, or hold them. Without one there are no local sources. */
    Optional<List<Path>> localRoots();

    /**
     * Directory of this machine below which operators may name repositories with {@code file://} URLs, or one such repository. Without
     * it there are no file URLs; tenants have none in any case.
     */
    Optional<Path> fileUrlRoot();

    /** Public address of this service, for the webhook URLs it shows; without it they are paths. */
    Optional<String> publicUrl();

    Limits limits();

    Webhooks webhooks();

    Answers answers();

    Jobs jobs();

    /** How large a source may be and what fetching it may cost. */
    interface Limits {
        /** Most files of a revision. */
        @WithDefault("20000")
        int files();

        /** Most folders of a revision. */
        @WithDefault("5000")
        int folders();

        /** Most folders inside each other. */
        @WithDefault("32")
        int depth();

        /** Most bytes of one file. */
        @WithDefault("16777216")
        long fileBytes();

        /** Most bytes of all files of a revision. */
        @WithDefault("268435456")
        long totalBytes();

        /** Most bytes that one fetch may receive. */
        @WithDefault("536870912")
        long fetchBytes();

        /** Longest time of one fetch. */
        @WithDefault("2m")
        Duration fetchTime();

        /** Longest wait for a remote to connect or to send the next byte. */
        @WithDefault("20s")
        Duration fetchIdle();

        /** Genuine deliveries a minute that one webhook takes, in a burst and on average; more get 429. */
        @WithDefault("120")
        int webhooksPerMinute();
    }

    /** What receiving deliveries may cost before they are known to be genuine. */
    interface Webhooks {
        /** Deliveries a minute from one address (IPv6: /64) that turn out not to be genuine; while there are more, all from there get 429. */
        @WithDefault("600")
        int failuresPerMinute();

        /** Within what time a delivery must be there as a whole; then 408. */
        @WithDefault("10s")
        Duration deadline();

        /** Deliveries that may be arriving at once; one address gets a third of it at most, then 429; when all is used, 503. */
        @WithDefault("512")
        int atOnce();
    }

    /** What answers larger than 64 KiB may cost until they are read. */
    interface Answers {
        /** Large answers under way at once, each with a thread, and a quarter of them for one tenant; more get 503. */
        @WithDefault("128")
        int atOnce();

        /** Memory that they hold together, half of it for one tenant; a quarter of the heap unless told. */
        Optional<MemorySize> bytes();

        /** Within what time an answer must have been read; then it is cut off. 16 MiB in two minutes are one Mbit/s. */
        @WithDefault("2m")
        Duration deadline();
    }

    /** How the work is done. */
    interface Jobs {
        /** Whether this process does work at all; false makes it a pure reader. */
        @WithDefault("true")
        boolean enabled();

        /** Sources that this process synchronises at once; of one tenant one less, so that its slow remotes hold up nobody else. */
        @WithDefault("3")
        int workers();

        /** How long a worker may be silent before another takes its work over. */
        @WithDefault("30s")
        Duration lease();

        /** How often the queue is looked at for work that other processes put there; own work starts at once. */
        @WithDefault("500ms")
        Duration poll();

        /** How often a git source is looked at without a webhook, unless the source says otherwise. */
        @WithDefault("5m")
        Duration gitInterval();

        /** How often a local directory is looked at besides watching it, unless the source says otherwise. */
        @WithDefault("60s")
        Duration localInterval();

        /** Revisions of a source that are kept. */
        @WithDefault("20")
        int keepRevisions();

        /** How long a published revision stays on disk after the next one, for readers in the middle of it. */
        @WithDefault("90s")
        Duration keepPublished();

        /** Silence after which a burst of changes in a local directory is over. */
        @WithDefault("250ms")
        Duration watchQuiet();

        /** Longest time a burst of changes is waited for. */
        @WithDefault("2s")
        Duration watchLongest();
    }
}
