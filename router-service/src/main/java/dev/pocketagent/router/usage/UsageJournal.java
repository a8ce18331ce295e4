package dev.pocketagent.router.usage;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * Rows on disk until the database has them: append-only files, synced with every batch. Every instance has a directory of
 * its own, held by a file lock; whoever starts adopts the directories whose owner is gone. Not for several threads,
 * except that {@link #read} and {@link #delete} may be used on segments that are sealed.
 */
final class UsageJournal implements Closeable {

    private static final String LOCK = "lock";
    private static final String SUFFIX = ".rows";
    private static final int READ_ROWS = 1_000;

    private final Path directory;
    private final FileChannel lockChannel;
    private final FileLock lock;
    private final long segmentBytes;
    private final List<Held> adopted = new ArrayList<>();

    private @Nullable FileChannel channel;
    private @Nullable Path current;
    private int number;

    private record Held(Path directory, FileChannel channel, FileLock lock) {}

    private UsageJournal(Path directory, FileChannel lockChannel, FileLock lock, long segmentBytes) {
        this.directory = directory;
        this.lockChannel = lockChannel;
        this.lock = lock;
        this.segmentBytes = segmentBytes;
    }

    /** @param segmentBytes size after which a new file is begun */
    static UsageJournal open(Path root, long segmentBytes) throws IOException {
        Files.createDirectories(root);
        while (true) {
            var directory = Files.createDirectory(root.resolve(UUID.randomUUID().toString()));
            var held = tryHold(directory);
            if (held != null) { // else another instance that starts now took it for an orphan
                return new UsageJournal(directory, held.channel, held.lock, segmentBytes);
            }
        }
    }

    /** Takes over what instances that are gone left behind; their files, oldest first. */
    List<Path> adopt() throws IOException {
        var found = new ArrayList<Path>();
        try (var siblings = Files.list(directory.resolveSibling(""))) {
            for (var sibling : siblings.filter(Files::isDirectory).filter(path -> !path.equals(directory)).sorted()
                    .toList()) {
                var held = tryHold(sibling);
                if (held != null) {
                    adopted.add(held);
                    found.addAll(segments(sibling));
                }
            }
        }
        return found;
    }

    private static @Nullable Held tryHold(Path directory) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (NoSuchFileException removedMeanwhile) {
            return null;
        }
        try {
            var lock = channel.tryLock();
            if (lock != null) {
                return new Held(directory, channel, lock);
            }
        } catch (OverlappingFileLockException ownedByThisProcess) {
            // another journal of this process, as in tests
        }
        channel.close();
        return null;
    }

    /** Writes and syncs rows; returns the file they went to. When it throws, the rows are to be taken as not written. */
    Path append(List<UsageRow> rows) throws IOException {
        var text = new StringBuilder(rows.size() * 300);
        for (var row : rows) {
            text.append(UsageLine.write(row));
        }
        var open = channel;
        var file = current;
        if (open == null || file == null) {
            file = directory.resolve("%08d%s".formatted(++number, SUFFIX));
            open = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            channel = open;
            current = file;
        }
        try {
            var bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                open.write(bytes);
            }
            open.force(false);
        } catch (IOException e) {
            seal(); // the next try gets a file of its own: this one may end in half a line
            throw e;
        }
        return file;
    }

    /** Whether the present file is large enough to be sealed. */
    boolean full() throws IOException {
        return channel != null && channel.size() >= segmentBytes;
    }

    /** Ends the present file; returns it, or null when there is none. */
    @Nullable
    Path seal() throws IOException {
        var sealed = current;
        if (channel != null) {
            channel.close();
        }
        channel = null;
        current = null;
        return sealed;
    }

    /**
     * Hands on all whole rows of a file in blocks.
     *
     * @return number of lines that were not whole
     */
    static int read(Path segment, Consumer<List<UsageRow>> block) throws IOException {
        int broken = 0;
        var rows = new ArrayList<UsageRow>(READ_ROWS);
        // A torn line may hold bytes that are no UTF-8; that must not hide the lines around it.
        var decoder = StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPLACE);
        try (var reader = new BufferedReader(
                new InputStreamReader(Files.newInputStream(segment), decoder))) {
            for (var line = reader.readLine(); line != null; line = reader.readLine()) {
                var row = UsageLine.read(line);
                if (row == null) {
                    broken++;
                    continue;
                }
                rows.add(row);
                if (rows.size() == READ_ROWS) {
                    block.accept(rows);
                    rows = new ArrayList<>(READ_ROWS);
                }
            }
        }
        if (!rows.isEmpty()) {
            block.accept(rows);
        }
        return broken;
    }

    static void delete(Path segment) throws IOException {
        Files.deleteIfExists(segment);
    }

    /** Keeps a row that the database refuses for good where a person finds it, beside the journals: a file a tenant. */
    void setAside(UsageRow row) throws IOException {
        Files.writeString(rejected(row.tenantId()), UsageLine.write(row),
                StandardOpenOption.CREATE, StandardOpenOption.APPEND, StandardOpenOption.SYNC);
    }

    /** Deletes what was set aside of a tenant. Any thread. */
    void forget(UUID tenant) throws IOException {
        Files.deleteIfExists(rejected(tenant));
    }

    private Path rejected(UUID tenant) {
        return directory.resolveSibling("rejected-" + tenant + SUFFIX);
    }

    /** Gives the directories up. Those that hold no rows any more are removed. */
    @Override
    public void close() throws IOException {
        seal();
        adopted.add(new Held(directory, lockChannel, lock));
        for (var held : adopted) {
            if (segments(held.directory).isEmpty()) {
                Files.deleteIfExists(held.directory.resolve(LOCK));
                held.lock.release();
                held.channel.close();
                Files.deleteIfExists(held.directory);
            } else {
                held.lock.release();
                held.channel.close();
            }
        }
        adopted.clear();
    }

    private static List<Path> segments(Path directory) {
        try (var files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().endsWith(SUFFIX)).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
