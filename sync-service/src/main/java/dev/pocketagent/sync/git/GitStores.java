package dev.pocketagent.sync.git;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * All stores of this machine, below one folder: {@code <root>/<tenant>/<source>.git}. It is a cache: what is missing is fetched again.
 * The most recently used stores stay open.
 */
public final class GitStores implements AutoCloseable {

    private static final int KEPT_OPEN = 128;
    /** Files read at once, of all stores: each may need twice the largest object for a moment, and usually takes about 0.1 ms. */
    private static final int READING = 3;

    private final Path root;
    private final long maxObjectBytes;
    private final Turns reading = new Turns(READING);
    private final Map<Path, GitStore> open = new LinkedHashMap<>(16, 0.75f, true);

    public GitStores(Path root, long maxObjectBytes) {
        this.root = root;
        this.maxObjectBytes = maxObjectBytes;
        IsolatedGit.install();
    }

    /** The store of a source, created when there is none. Close it after use. */
    public GitStore open(UUID tenantId, UUID sourceId) throws IOException {
        Path folder = folder(tenantId, sourceId);
        synchronized (open) {
            GitStore known = open.get(folder);
            // Somebody may have emptied the folder below us: it is a cache.
            if (known != null && !Files.exists(folder.resolve("HEAD"))) {
                open.remove(folder);
                known.close();
                known = null;
            }
            if (known == null) {
                known = GitStore.open(folder, maxObjectBytes, tenantId, reading);
                open.put(folder, known);
                if (open.size() > KEPT_OPEN) {
                    Path eldest = open.keySet().iterator().next();
                    GitStore unused = open.remove(eldest);
                    if (unused != null) {
                        unused.close();
                    }
                }
            }
            return known.share();
        }
    }

    /** The store of a source, if this machine has one that holds the tree. Close it after use. */
    public Optional<GitStore> openIfHolds(UUID tenantId, UUID sourceId, String treeId) throws IOException {
        if (!Files.exists(folder(tenantId, sourceId).resolve("HEAD"))) {
            return Optional.empty();
        }
        GitStore store = open(tenantId, sourceId);
        if (store.holds(treeId)) {
            return Optional.of(store);
        }
        store.close();
        return Optional.empty();
    }

    /** Deletes the store of a source. */
    public void delete(UUID tenantId, UUID sourceId) throws IOException {
        Path folder = folder(tenantId, sourceId);
        synchronized (open) {
            GitStore known = open.remove(folder);
            if (known != null) {
                known.close();
            }
            Folders.delete(folder);
        }
    }

    /** Deletes all stores of a tenant. */
    public void deleteAll(UUID tenantId) throws IOException {
        Path folder = root.resolve(tenantId.toString());
        synchronized (open) {
            open.entrySet().removeIf(entry -> {
                boolean theirs = entry.getKey().startsWith(folder);
                if (theirs) {
                    entry.getValue().close();
                }
                return theirs;
            });
            Folders.delete(folder);
        }
    }

    @Override
    public void close() {
        synchronized (open) {
            open.values().forEach(GitStore::close);
            open.clear();
        }
    }

    private Path folder(UUID tenantId, UUID sourceId) {
        return root.resolve(tenantId.toString()).resolve(sourceId + ".git");
    }
}
