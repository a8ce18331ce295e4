package dev.pocketagent.sync;

import java.net.InetAddress;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

import dev.pocketagent.kit.net.NameLookup;
import dev.pocketagent.sync.git.DiskRepositories;
import dev.pocketagent.sync.git.FetchLimits;
import dev.pocketagent.sync.git.GitStores;
import dev.pocketagent.sync.local.LocalRoots;
import dev.pocketagent.sync.publish.DirectoryPublisher;
import dev.pocketagent.sync.revision.TreeCaps;

/** Makes the plain parts from the configuration. */
@ApplicationScoped
class SyncParts {

    // Trees are objects too: a limit below this would refuse large folders of small files.
    private static final long LARGEST_TREE_BYTES = 16L * 1024 * 1024;
    /** More than there are workers: some may still wait for name servers that they have given up. */
    private static final int MOST_LOOKUPS = 16;

    @Produces
    @Singleton
    TreeCaps caps(SyncConfig config) {
        SyncConfig.Limits limits = config.limits();
        return new TreeCaps(limits.files(), limits.folders(), limits.depth(), limits.fileBytes(), limits.totalBytes());
    }

    @Produces
    @Singleton
    FetchLimits fetchLimits(SyncConfig config) {
        return new FetchLimits(config.limits().fetchBytes(), config.limits().fetchTime(), config.limits().fetchIdle());
    }

    @Produces
    @Singleton
    NameLookup names() {
        return new NameLookup(InetAddress::getAllByName, MOST_LOOKUPS, "git-lookup-");
    }

    void close(@Disposes NameLookup names) {
        names.close();
    }

    @Produces
    @Singleton
    GitStores stores(SyncConfig config) {
        return new GitStores(config.storeDir().toAbsolutePath().normalize(),
                Math.max(config.limits().fileBytes(), LARGEST_TREE_BYTES));
    }

    void close(@Disposes GitStores stores) {
        stores.close();
    }

    @Produces
    @Singleton
    LocalRoots localRoots(SyncConfig config) {
        return new LocalRoots(config.localRoots().orElse(List.of()));
    }

    /** What we keep for tenants is never a repository, wherever the operator put it: they could read each other's, or what they made up. */
    @Produces
    @Singleton
    DiskRepositories diskRepositories(SyncConfig config) {
        return new DiskRepositories(config.fileUrlRoot().orElse(null),
                Stream.concat(Stream.of(config.storeDir()), config.publishRoot().stream()).toList());
    }

    @Produces
    @Singleton
    DirectoryPublisher publisher(SyncConfig config, Clock clock) {
        // Without a publishing root no source may name a folder, so the fallback is never written to.
        return new DirectoryPublisher(config.publishRoot().orElse(config.storeDir().resolve("unpublished")),
                config.jobs().keepPublished(), clock);
    }
}
