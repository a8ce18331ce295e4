package dev.pocketagent.cli.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.home.Home;

/**
 * One change of a suite at a time. The operating system drops the lock when its holder dies, so there is nothing to clean
 * up after a {@code kill -9}.
 */
final class SuiteLock implements AutoCloseable {

    private final FileChannel channel;
    private final FileLock lock;

    private SuiteLock(FileChannel channel, FileLock lock) {
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Waits for its turn.
     *
     * @param waiting told once who holds the lock, when somebody does
     * @throws CliException when the turn does not come in time
     */
    static SuiteLock take(Home home, Duration patience, Consumer<String> waiting) {
        Path file = home.run().resolve("lock");
        Path holder = home.run().resolve("lock.pid");
        long deadline = System.nanoTime() + patience.toNanos();
        boolean told = false;
        try {
            var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            while (true) {
                FileLock lock = tryLock(channel);
                if (lock != null) {
                    Files.writeString(holder, Long.toString(ProcessHandle.current().pid()));
                    return new SuiteLock(channel, lock);
                }
                String who = Files.exists(holder) ? "pid " + Files.readString(holder).strip() : "another call";
                if (System.nanoTime() > deadline) {
                    channel.close();
                    throw CliException.failed("another pocket (" + who + ") works on this suite",
                            "wait for it, or end it; then try again");
                }
                if (!told) {
                    waiting.accept(who);
                    told = true;
                }
                Thread.sleep(100);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw CliException.failed("interrupted while another pocket worked on this suite", "");
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException _) {
            return null;
        }
    }

    @Override
    public void close() {
        try {
            lock.release();
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
