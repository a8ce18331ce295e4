package dev.pocketagent.kit.body;

import java.util.HashMap;
import java.util.Map;

/**
 * Shares out the memory for request bodies. Nobody may come to have more than half of what is free, so one sender alone gets
 * a third of all, more of them get less each, and a newcomer with a small body finds room whatever a few others do. Safe for
 * any number of threads.
 */
public final class BodyShares {

    private static final class Account {
        private int receiving;
        private long bytes;
    }

    private final int mostReceiving;
    private final long mostBytes;
    private final Map<Object, Account> accounts = new HashMap<>();
    private int receiving;
    private long bytes;

    /**
     * @param mostReceiving bodies that may be arriving at once
     * @param mostBytes bytes that all bodies may have, those that are worked on included
     */
    public BodyShares(int mostReceiving, long mostBytes) {
        if (mostReceiving < 1 || mostBytes < 1) {
            throw new IllegalArgumentException("Bodies need room for one at least");
        }
        this.mostReceiving = mostReceiving;
        this.mostBytes = mostBytes;
    }

    /** What the bodies may have when nothing else is said: an eighth of the heap, since a body is there twice for a time. */
    public static long eighthOfHeap() {
        return Runtime.getRuntime().maxMemory() / 8;
    }

    /**
     * A body that is about to come; it has nothing yet.
     *
     * @param owner whose body it is; compared by {@code equals}
     */
    public Share of(Object owner) {
        return new Share(owner);
    }

    /** Bytes that all bodies have now. */
    public synchronized long bytes() {
        return bytes;
    }

    /** Bodies that are arriving now. */
    public synchronized int receiving() {
        return receiving;
    }

    /** What one body has. Whatever happened, {@link #close} gives all back. */
    public final class Share {

        private final Object owner;
        private boolean arriving;
        private boolean closed;
        private long held;

        private Share(Object owner) {
            this.owner = owner;
        }

        /** Counts the body as arriving, with room for so many bytes. */
        public Room begin(long announced) {
            synchronized (BodyShares.this) {
                Account account = accounts.get(owner);
                int others = account == null ? 0 : account.receiving;
                if (receiving >= mostReceiving || others > 0 && others + 1 > (mostReceiving - receiving) / 2) {
                    return others > 0 ? Room.OWN_SHARE_USED : Room.ALL_USED;
                }
                Room room = take(announced);
                if (room == Room.GRANTED) {
                    arriving = true;
                    receiving++;
                    accounts.computeIfAbsent(owner, ignored -> new Account()).receiving++;
                }
                return room;
            }
        }

        /** Asks for so many bytes more. */
        public Room grow(long more) {
            synchronized (BodyShares.this) {
                return take(more);
            }
        }

        private Room take(long more) {
            Account account = accounts.get(owner);
            long has = account == null ? 0 : account.bytes;
            if (closed || has + more > (mostBytes - bytes) / 2) {
                return has > held ? Room.OWN_SHARE_USED : Room.ALL_USED;
            }
            bytes += more;
            held += more;
            accounts.computeIfAbsent(owner, ignored -> new Account()).bytes += more;
            return Room.GRANTED;
        }

        /** The whole body is there: it goes on to use memory, but is not arriving any more. */
        public void received() {
            synchronized (BodyShares.this) {
                giveBack(0);
            }
        }

        /** The body is not needed any more. A second call changes nothing. */
        public void close() {
            synchronized (BodyShares.this) {
                closed = true;
                giveBack(held);
            }
        }

        private void giveBack(long back) {
            Account account = accounts.get(owner);
            if (account == null) {
                return;
            }
            if (arriving) {
                arriving = false;
                receiving--;
                account.receiving--;
            }
            held -= back;
            bytes -= back;
            account.bytes -= back;
            if (account.receiving == 0 && account.bytes == 0) {
                accounts.remove(owner);
            }
        }
    }
}
