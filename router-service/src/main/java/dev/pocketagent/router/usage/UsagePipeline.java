package dev.pocketagent.router.usage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Carries rows from the data path to the store. One thread drains the queue to the journal and syncs it; a second one
 * stores what is journaled, and removes files whose rows are all stored. So a row is on disk within one interval however
 * slow the database is, and memory stays bounded: when the store falls behind, blocks are left to the files and read
 * back later. Writing a row twice is harmless, losing one is not.
 */
final class UsagePipeline {

    private static final Logger LOG = Logger.getLogger(UsagePipeline.class);

    /** Rows handed over in memory to the storing thread; beyond this the files are the hand-over. */
    private static final int HANDOVER_ROWS = 20_000;
    private static final int STORE_ROWS = 2_000;
    private static final long SEAL_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long FIRST_PAUSE_MILLIS = 100;
    private static final long LONGEST_PAUSE_MILLIS = 2_000;

    private record Block(@Nullable Path segment, List<UsageRow> rows) {}

    /** What is known of a file. */
    private static final class Segment {
        private int blocksInMemory;
        private boolean sealed;
        private boolean mustBeRead;
    }

    private final UsageJournal journal;
    private final UsageStore store;
    private final long flushNanos;
    private final int flushRows;
    private final int maxQueued;

    private final ConcurrentLinkedQueue<UsageRow> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger queued = new AtomicInteger();
    private final Thread journaling = Thread.ofPlatform().name("usage-journal").unstarted(this::journalLoop);
    private final Thread storing = Thread.ofPlatform().name("usage-store").unstarted(this::storeLoop);
    private volatile boolean closing;

    private final Object monitor = new Object();
    private final Deque<Block> handover = new ArrayDeque<>();
    private final Map<Path, Segment> segments = new HashMap<>();
    private int handoverRows;
    private boolean journalEnded;
    private long giveUpAt = Long.MAX_VALUE;

    private final AtomicLong stored = new AtomicLong();
    private final AtomicLong replayed = new AtomicLong();
    private final AtomicLong rejected = new AtomicLong();
    private final AtomicLong journalFailures = new AtomicLong();

    UsagePipeline(UsageJournal journal, UsageStore store, long flushMillis, int flushRows, int maxQueued) {
        this.journal = journal;
        this.store = store;
        this.flushNanos = TimeUnit.MILLISECONDS.toNanos(flushMillis);
        this.flushRows = flushRows;
        this.maxQueued = maxQueued;
    }

    /** Starts the threads, beginning with what earlier instances left. */
    void start() throws IOException {
        for (var left : journal.adopt()) {
            var segment = new Segment();
            segment.sealed = true;
            segment.mustBeRead = true;
            segments.put(left, segment);
        }
        if (!segments.isEmpty()) {
            LOG.infof("Usage journal: %d files of earlier runs are being stored", segments.size());
        }
        journaling.start();
        storing.start();
    }

    /** Takes a row. Never blocks, never fails; any thread. */
    void add(UsageRow row) {
        queue.add(row);
        if (queued.incrementAndGet() == flushRows) {
            LockSupport.unpark(journaling);
        }
    }

    /** Whether so much waits in memory that no further request should be accepted. */
    boolean overloaded() {
        return queued.get() >= maxQueued;
    }

    int queuedRows() {
        return queued.get();
    }

    int waitingRows() {
        synchronized (monitor) {
            return handoverRows;
        }
    }

    int files() {
        synchronized (monitor) {
            return segments.size();
        }
    }

    long storedRows() {
        return stored.get();
    }

    long replayedRows() {
        return replayed.get();
    }

    long rejectedRows() {
        return rejected.get();
    }

    long journalFailures() {
        return journalFailures.get();
    }

    /** Journals everything, and stores what can be stored in the given time. What can not stays on disk for the next start. */
    void close(long millis) throws IOException {
        closing = true;
        LockSupport.unpark(journaling);
        synchronized (monitor) {
            giveUpAt = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
            monitor.notifyAll();
        }
        boolean interrupted = false;
        try {
            journaling.join();
            storing.join();
        } catch (InterruptedException e) {
            interrupted = true;
        }
        journal.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void journalLoop() {
        long sealedAt = System.nanoTime();
        while (true) {
            boolean last = closing;
            var rows = drain();
            if (!rows.isEmpty()) {
                journal(rows);
            }
            try {
                if (last || journal.full() || System.nanoTime() - sealedAt > SEAL_NANOS) {
                    sealedAt = System.nanoTime();
                    sealed(journal.seal());
                }
            } catch (IOException e) {
                LOG.warnf("Usage journal: %s", e.getMessage());
            }
            if (last && queued.get() == 0) {
                synchronized (monitor) {
                    journalEnded = true;
                    monitor.notifyAll();
                }
                return;
            }
            if (!closing && queued.get() < flushRows) {
                LockSupport.parkNanos(this, flushNanos);
            }
        }
    }

    private List<UsageRow> drain() {
        var rows = new ArrayList<UsageRow>();
        for (var row = queue.poll(); row != null; row = queue.poll()) {
            rows.add(row);
            if (rows.size() == STORE_ROWS) {
                break;
            }
        }
        queued.addAndGet(-rows.size());
        return rows;
    }

    private void journal(List<UsageRow> rows) {
        Path file = null;
        try {
            file = journal.append(rows);
        } catch (IOException e) {
            // Disk full or gone: the rows live in memory only, so wait for the store rather than let them pile up.
            journalFailures.incrementAndGet();
            LOG.errorf("Usage journal: %d rows are only in memory: %s", rows.size(), e.getMessage());
        }
        synchronized (monitor) {
            while (file == null && handoverRows > HANDOVER_ROWS && !closing) {
                waitFor(FIRST_PAUSE_MILLIS);
            }
            if (file != null) {
                var segment = segments.computeIfAbsent(file, ignored -> new Segment());
                if (handoverRows > HANDOVER_ROWS) {
                    segment.mustBeRead = true;
                    return;
                }
                segment.blocksInMemory++;
            }
            handover.add(new Block(file, rows));
            handoverRows += rows.size();
            monitor.notifyAll();
        }
    }

    private void sealed(@Nullable Path file) {
        synchronized (monitor) {
            var segment = file == null ? null : segments.get(file);
            if (segment != null) {
                segment.sealed = true;
                monitor.notifyAll();
            }
        }
    }

    private void storeLoop() {
        while (true) {
            Block block;
            Path file = null;
            synchronized (monitor) {
                block = handover.peek();
                if (block == null) {
                    file = readable();
                }
                if (block == null && file == null) {
                    if (journalEnded) {
                        return;
                    }
                    waitFor(LONGEST_PAUSE_MILLIS);
                    continue;
                }
            }
            if (block != null) {
                if (!keepTrying(block.rows)) {
                    return;
                }
                stored(block);
            } else if (file != null && !replay(file)) {
                return;
            }
        }
    }

    private void stored(Block block) {
        var done = new ArrayList<Path>();
        synchronized (monitor) {
            handover.remove();
            handoverRows -= block.rows.size();
            var segment = block.segment == null ? null : segments.get(block.segment);
            if (segment != null) {
                segment.blocksInMemory--;
            }
            segments.forEach((file, each) -> {
                if (each.sealed && each.blocksInMemory == 0 && !each.mustBeRead) {
                    done.add(file);
                }
            });
            monitor.notifyAll();
        }
        done.forEach(this::delete);
    }

    /** A sealed file that must be read back, or that can go; called with the monitor held. */
    private @Nullable Path readable() {
        Path found = null;
        for (var entry : segments.entrySet()) {
            if (entry.getValue().sealed && (found == null || entry.getKey().compareTo(found) < 0)) {
                found = entry.getKey();
            }
        }
        return found;
    }

    private boolean replay(Path file) {
        boolean read;
        synchronized (monitor) {
            var segment = segments.get(file);
            read = segment != null && segment.mustBeRead;
        }
        if (read) {
            try {
                int broken = UsageJournal.read(file, rows -> {
                    if (!keepTrying(rows)) {
                        throw new GivenUpException();
                    }
                    replayed.addAndGet(rows.size());
                });
                if (broken > 0) {
                    LOG.warnf("Usage journal: %d torn lines in %s", broken, file.getFileName());
                }
            } catch (GivenUpException e) {
                return false;
            } catch (IOException e) {
                LOG.errorf("Usage journal: %s can not be read and is left where it is: %s", file, e.getMessage());
                synchronized (monitor) {
                    segments.remove(file);
                }
                return true;
            }
        }
        delete(file);
        return true;
    }

    private void delete(Path file) {
        synchronized (monitor) {
            segments.remove(file);
        }
        try {
            UsageJournal.delete(file);
        } catch (IOException e) {
            // Storing its rows again after the next start changes nothing.
            LOG.warnf("Usage journal: %s can not be removed: %s", file, e.getMessage());
        }
    }

    /** Stores rows however long it takes; false when closing and out of time. */
    private boolean keepTrying(List<UsageRow> rows) {
        long pause = FIRST_PAUSE_MILLIS;
        while (true) {
            switch (store.insert(rows)) {
                case UsageStore.Outcome.Stored(int added) -> {
                    stored.addAndGet(added);
                    return true;
                }
                case UsageStore.Outcome.Rejected() -> {
                    if (rows.size() > 1) {
                        int half = rows.size() / 2;
                        return keepTrying(rows.subList(0, half)) && keepTrying(rows.subList(half, rows.size()));
                    }
                    setAside(rows.getFirst());
                    return true;
                }
                case UsageStore.Outcome.Away() -> {
                    synchronized (monitor) {
                        if (closing && System.nanoTime() - giveUpAt >= 0) {
                            LOG.warn(
                                    "Usage: the database is away at shutdown; journaled rows are stored at the next start");
                            return false;
                        }
                        waitFor(closing ? FIRST_PAUSE_MILLIS : pause);
                    }
                    pause = Math.min(LONGEST_PAUSE_MILLIS, pause * 2);
                }
            }
        }
    }

    private void setAside(UsageRow row) {
        rejected.incrementAndGet();
        try {
            journal.setAside(row);
            LOG.errorf("Usage row %s was rejected by the database and set aside", row.id());
        } catch (IOException e) {
            LOG.errorf("Usage row %s was rejected by the database and is lost: %s", row, e.getMessage());
        }
    }

    /** Deletes what the store refused of a tenant. What still waits is the store's to drop. */
    void forget(UUID tenant) throws IOException {
        journal.forget(tenant);
    }

    private void waitFor(long millis) {
        try {
            monitor.wait(millis);
        } catch (InterruptedException e) {
            closing = true; // nobody interrupts these threads but a process that ends
        }
    }

    private static final class GivenUpException extends RuntimeException {
        GivenUpException() {
            super(null, null, false, false);
        }
    }
}
