package dev.pocketagent.router.usage;

import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/** UUIDs of version 7 (RFC 9562): ordered by the millisecond they were made in. */
public final class TimeIds {

    private static final long VARIANT = 0x8000_0000_0000_0000L;

    private TimeIds() {}

    public static UUID at(Instant time) {
        var random = ThreadLocalRandom.current();
        return new UUID(head(time) | random.nextInt(1 << 12), VARIANT | random.nextLong() >>> 2);
    }

    /** The smallest id of a millisecond: {@code at >= time} is {@code id >= first(time)}. */
    public static UUID first(Instant time) {
        return new UUID(head(time), VARIANT);
    }

    private static long head(Instant time) {
        return time.toEpochMilli() << 16 | 0x7000;
    }
}
