package dev.pocketagent.registry.audit;

import java.util.Arrays;
import java.util.HexFormat;

/** A SHA-256 value. */
record Hash(byte[] bytes) {

    static final int BYTES = 32;
    /** What the first row of every chain follows. */
    static final Hash ZERO = new Hash(new byte[BYTES]);

    Hash {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("A SHA-256 value has 32 bytes, not " + bytes.length);
        }
    }

    String hex() {
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
