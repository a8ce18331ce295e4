package dev.pocketagent.kit.body;

import java.util.Arrays;

import io.vertx.core.buffer.Buffer;

/**
 * One body as it arrives. When its length was announced it is written once, into an array of that size; else the array grows.
 * Not thread-safe: it belongs to the event loop of its connection.
 */
public final class IncomingBody {

    /** What an array of unknown final size begins with. */
    private static final int FIRST_BYTES = 4096;

    private final BodyShares.Share share;
    private final int most;
    private byte[] bytes = new byte[0];
    private int length;

    /** @param most largest body, in bytes */
    public IncomingBody(BodyShares.Share share, int most) {
        this.share = share;
        this.most = most;
    }

    /** @param announced its length; 0 when that is not known */
    public Room begin(long announced) {
        if (announced > most) {
            return Room.TOO_LARGE;
        }
        Room room = share.begin(announced);
        if (room == Room.GRANTED && announced > 0) {
            bytes = new byte[(int) announced];
        }
        return room;
    }

    /** Takes the next bytes in. */
    public Room add(Buffer chunk) {
        if (chunk.length() > most - length) {
            return Room.TOO_LARGE;
        }
        int needed = length + chunk.length();
        if (needed > bytes.length) {
            int size = (int) Math.min(most, Math.max(FIRST_BYTES, Math.max(needed, bytes.length * 2L)));
            Room room = share.grow(size - bytes.length);
            if (room != Room.GRANTED) {
                return room;
            }
            bytes = Arrays.copyOf(bytes, size);
        }
        chunk.getBytes(bytes, length);
        length = needed;
        return Room.GRANTED;
    }

    /** Counts it as arrived and gives it out; the array is the caller's from now on. */
    public byte[] received() {
        share.received();
        byte[] whole = length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
        bytes = new byte[0];
        return whole;
    }

    /** Gives back what the body has, also while the array that was given out is let go. A second call changes nothing. */
    public void close() {
        bytes = new byte[0];
        share.close();
    }
}
