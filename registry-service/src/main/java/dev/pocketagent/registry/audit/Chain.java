package dev.pocketagent.registry.audit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;

/**
 * The arithmetic of a chain: each row's hash covers the hash before it and every field of its own, each with its length in
 * front, so that no two different rows are hashed from the same bytes.
 */
final class Chain {

    private static final byte[] DOMAIN = "pocketagent audit v1".getBytes(StandardCharsets.US_ASCII);

    private final MessageDigest digest;

    /** Not for several threads at once. */
    Chain() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    /** The row that follows a chain whose end is {@code head}. Time is cut to microseconds, as the database keeps it. */
    AuditRow next(UUID tenantId, Head head, Instant at, Actor actor, String action, String target, String detail) {
        Instant stored = at.truncatedTo(ChronoUnit.MICROS);
        long seq = head.seq() + 1;
        Hash hash = hash(tenantId, seq, stored, actor, action, target, detail, head.hash());
        return new AuditRow(tenantId, seq, stored, actor, action, target, detail, head.hash(), hash);
    }

    /** What this row's hash must be. */
    Hash hash(AuditRow row) {
        return hash(row.tenantId(), row.seq(), row.at(), row.actor(), row.action(), row.target(), row.detail(),
                row.previous());
    }

    private Hash hash(UUID tenantId, long seq, Instant at, Actor actor, String action, String target, String detail,
            Hash previous) {
        digest.update(DOMAIN);
        digest.update(previous.bytes());
        UUID key = actor.keyId();
        ByteBuffer numbers = ByteBuffer.allocate(53).putLong(tenantId.getMostSignificantBits())
                .putLong(tenantId.getLeastSignificantBits()).putLong(seq).putLong(at.getEpochSecond())
                .putInt(at.getNano());
        if (key == null) {
            numbers.put((byte) 0).putLong(0).putLong(0);
        } else {
            numbers.put((byte) 1).putLong(key.getMostSignificantBits()).putLong(key.getLeastSignificantBits());
        }
        digest.update(numbers.array());
        text(actor.role());
        text(action);
        text(target);
        text(detail);
        return new Hash(digest.digest());
    }

    private void text(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(4).putInt(bytes.length).flip());
        digest.update(bytes);
    }
}
