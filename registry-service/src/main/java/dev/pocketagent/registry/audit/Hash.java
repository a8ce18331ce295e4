package dev.pocketagent.registry.audit;

import java.util.Arrays;
import java.util.HexFormat;

/** A SHA-256 value. */
public record Hash(byte[] bytes) {

    public static final int BYTES = 32;
    /** What the first row of every chain follows. */
    public static final Hash ZERO = new Hash(new byte[BYTES]);

    public Hash {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("A SHA-256 value has 32 bytes, not " + bytes.length);
        }
    }

    /** 64 small hex digits. */
    public String hex() {
        return HexFormat.of().formatHex(bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Hash hash && Arrays.equals(bytes, hash.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return hex();
    }
}
