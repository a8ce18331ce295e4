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
public final class Chain {

    private static final byte[] DOMAIN = "pocketagent audit v1".getBytes(StandardCharsets.US_ASCII);

    private final MessageDigest digest;
    /** A whole row as it is hashed; one for all rows, because millions are checked in a run. */
    private ByteBuffer buffer = ByteBuffer.allocate(1024);

    /** Not for several threads at once. */
    public Chain() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    /** The row that follows a chain whose end is {@code head}. Time is cut to microseconds, as the database keeps it. */
    public AuditRow next(UUID tenantId, Head head, Instant at, Actor actor, String action, String target,
            String detail) {
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
        buffer.clear();
        buffer.put(DOMAIN).put(previous.bytes()).putLong(tenantId.getMostSignificantBits())
                .putLong(tenantId.getLeastSignificantBits()).putLong(seq).putLong(at.getEpochSecond())
                .putInt(at.getNano());
        UUID key = actor.keyId();
        if (key == null) {
            buffer.put((byte) 0).putLong(0).putLong(0);
        } else {
            buffer.put((byte) 1).putLong(key.getMostSignificantBits()).putLong(key.getLeastSignificantBits());
        }
        text(actor.role());
        text(action);
        text(target);
        text(detail);
        digest.update(buffer.array(), 0, buffer.position());
        return new Hash(digest.digest());
    }

    private void text(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        if (buffer.remaining() < bytes.length + Integer.BYTES) {
            ByteBuffer larger = ByteBuffer.allocate(2 * buffer.capacity() + bytes.length);
            buffer = larger.put(buffer.flip());
        }
        buffer.putInt(bytes.length).put(bytes);
    }
}
