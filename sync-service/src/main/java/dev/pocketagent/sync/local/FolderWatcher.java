package dev.pocketagent.sync.local;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Notices changes below the directories of all local sources. One WatchService serves them all, because the kernel gives a user only 128
 * of them; it is not recursive, so every folder is registered. A burst of changes is told once: after a quiet moment, or at the latest
 * after a while. When the kernel drops events (OVERFLOW) everything is registered anew and told. Missed changes, as on network disks, are
 * the business of the periodic look.
 */
public final class FolderWatcher implements AutoCloseable {

    private final Consumer<UUID> changed;
    private final long quietNanos;
    private final long longestNanos;
    private final WatchService service;
    private final Thread thread;
    private final Map<UUID, Path> roots = new HashMap<>();
    private final Map<WatchKey, Watched> keys = new HashMap<>();
    private final Map<UUID, Burst> bursts = new HashMap<>();

    private record Watched(Path folder, Set<UUID> sources) {}

    private record Burst(long firstNanos, long lastNanos) {}

    /**
     * @param changed told on the watcher's own thread; must be quick
     * @param quiet how long nothing may happen before a burst is over
     * @param longest after this a burst is told although it goes on
     */
    public FolderWatcher(Consumer<UUID> changed, Duration quiet, Duration longest) throws IOException {
        this.changed = changed;
        this.quietNanos = quiet.toNanos();
        this.longestNanos = longest.toNanos();
        this.service = FileSystems.getDefault().newWatchService();
        this.thread = Thread.ofPlatform().name("folder-watcher").daemon().start(this::run);
    }

    /** Begins to watch the directory of a source; a directory that is not there is noticed by the next call. */
    public synchronized void watch(UUID source, Path root) {
        Path before = roots.put(source, root);
        if (before != null && !before.equals(root)) {
            forget(source);
        }
        register(source, root);
    }

    /** Stops watching. */
    public synchronized void unwatch(UUID source) {
        roots.remove(source);
        bursts.remove(source);
        forget(source);
    }

    /** The sources that are watched. */
    public synchronized Set<UUID> watched() {
        return Set.copyOf(roots.keySet());
    }

    @Override
    public void close() throws IOException {
        service.close();
        thread.interrupt();
    }

    private void forget(UUID source) {
        keys.entrySet().removeIf(entry -> {
            entry.getValue().sources().remove(source);
            if (entry.getValue().sources().isEmpty()) {
                entry.getKey().cancel();
                return true;
            }
            return false;
        });
    }

    private void register(UUID source, Path from) {
        try {
            Files.walkFileTree(from, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
                        throws IOException {
                    Path name = folder.getFileName();
                    if (name != null && name.toString().equals(".git")) {
                        return FileVisitResult.SKIP_SUBTREE;
                    }
                    WatchKey key = folder.register(service, StandardWatchEventKinds.ENTRY_CREATE,
                            StandardWatchEventKinds.ENTRY_MODIFY,
                            StandardWatchEventKinds.ENTRY_DELETE);
                    keys.computeIfAbsent(key, k -> new Watched(folder, new HashSet<>())).sources().add(source);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException failure) {
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException | ClosedWatchServiceException unwatchable) {
            // no watches left, or closing: the periodic look remains
        }
    }

    private void run() {
        try {
            while (true) {
                WatchKey key = service.poll(patienceNanos(), TimeUnit.NANOSECONDS);
                if (key != null) {
                    take(key);
                }
                tell();
            }
        } catch (InterruptedException | ClosedWatchServiceException closed) {
            // closed
        }
    }

    private synchronized long patienceNanos() {
        long now = System.nanoTime();
        long wait = TimeUnit.SECONDS.toNanos(1);
        for (Burst burst : bursts.values()) {
            wait = Math.min(wait, due(burst) - now);
        }
        return Math.max(0, wait);
    }

    private long due(Burst burst) {
        return Math.min(burst.lastNanos() + quietNanos, burst.firstNanos() + longestNanos);
    }

    private synchronized void take(WatchKey key) {
        Watched watched = keys.get(key);
        for (WatchEvent<?> event : key.pollEvents()) {
            if (event.kind() == StandardWatchEventKinds.OVERFLOW) {
                roots.forEach((source, root) -> {
                    register(source, root);
                    touch(source);
                });
            } else if (watched != null) {
                Path child = watched.folder().resolve((Path) event.context());
                for (UUID source : Set.copyOf(watched.sources())) {
                    touch(source);
                    if (event.kind() == StandardWatchEventKinds.ENTRY_CREATE
                            && Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
                        register(source, child);
                    }
                }
            }
        }
        if (!key.reset()) {
            keys.remove(key);
        }
    }

    private void touch(UUID source) {
        if (roots.containsKey(source)) {
            long now = System.nanoTime();
            bursts.merge(source, new Burst(now, now), (old, one) -> new Burst(old.firstNanos(), now));
        }
    }

    private void tell() {
        Set<UUID> over = new HashSet<>();
        synchronized (this) {
            long now = System.nanoTime();
            bursts.entrySet().removeIf(entry -> {
                boolean isOver = due(entry.getValue()) - now <= 0;
                if (isOver) {
                    over.add(entry.getKey());
                }
                return isOver;
            });
        }
        over.forEach(changed);
    }
}
