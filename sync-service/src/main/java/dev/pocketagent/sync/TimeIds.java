package dev.pocketagent.sync;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

/** UUIDs of version 7 (RFC 9562): sorted by time, so that rows made together lie together in an index. */
@ApplicationScoped
public class TimeIds {

    private final Clock clock;
    private final SecureRandom random = new SecureRandom();

    @Inject
    TimeIds(Clock clock) {
        this.clock = clock;
    }

    public UUID next() {
        long high = clock.millis() << 16 | 0x7000 | random.nextInt(0x1000);
        long low = random.nextLong() & 0x3fffffffffffffffL | 0x8000000000000000L;
        return new UUID(high, low);
    }

    /** Random bytes for a secret. */
    public byte[] secret(int bytes) {
        byte[] secret = new byte[bytes];
        random.nextBytes(secret);
        return secret;
    }
}
