package dev.pocketagent.sync.git;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.time.Duration;
import java.util.function.Predicate;

import dev.pocketagent.sync.git.RemoteException.Reason;

/**
 * One conversation with a remote: which addresses it may reach, how many bytes and how much time are left, and what the remote answered
 * last. Used by one thread.
 */
final class Transfer {

    private final Lookup lookup;
    private final Predicate<InetAddress> allowed;
    private final FetchLimits limits;
    private final long deadlineNanos;
    private long bytesLeft;
    private int lastStatus;

    Transfer(Lookup lookup, Predicate<InetAddress> allowed, FetchLimits limits) {
        this.lookup = lookup;
        this.allowed = allowed;
        this.limits = limits;
        this.deadlineNanos = System.nanoTime() + limits.time().toNanos();
        this.bytesLeft = limits.bytes();
    }

    InetAddress[] addressesOf(String host) throws IOException {
        return lookup.addressesOf(host, Duration.ofMillis(patienceMillis()));
    }

    boolean allows(InetAddress address) {
        return allowed.test(address);
    }

    /** Milliseconds that the next wait may take: at least 1. */
    int patienceMillis() throws RemoteException {
        long left = (deadlineNanos - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
            throw new RemoteException(Reason.TIMEOUT,
                    "The remote took longer than " + limits.time().toSeconds() + " s.", null);
        }
        return (int) Math.clamp(limits.idle().toMillis(), 1, Math.max(1, left));
    }

    boolean expired() {
        return System.nanoTime() - deadlineNanos >= 0;
    }

    void received(long bytes) throws RemoteException {
        bytesLeft -= bytes;
        if (bytesLeft < 0) {
            throw new RemoteException(Reason.TOO_LARGE, "The remote sent more than " + limits.bytes() + " bytes.",
                    null);
        }
    }

    long bytesReceived() {
        return limits.bytes() - bytesLeft;
    }

    void answered(int status) {
        lastStatus = status;
    }

    /** The last HTTP status, or 0. */
    int lastStatus() {
        return lastStatus;
    }

    /** Counts what is read from a stream and stops it at the limits. */
    InputStream counted(InputStream in) {
        return new FilterInputStream(in) {
            @Override
            public int read() throws IOException {
                int one = super.read();
                if (one >= 0) {
                    received(1);
                }
                return one;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                if (expired()) {
                    patienceMillis();
                }
                int count = super.read(buffer, offset, length);
                if (count > 0) {
                    received(count);
                }
                return count;
            }
        };
    }
}
