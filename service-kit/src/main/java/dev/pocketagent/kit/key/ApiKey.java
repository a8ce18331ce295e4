package dev.pocketagent.kit.key;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * An API key as text: {@code pocket_<kind>_<43 base62><6 base62 CRC32>}.
 *
 * <p>43 base62 digits carry 256 bits. The checksum covers everything before it and lets a mistyped key, or a random
 * string that a secret scanner met, be refused without a look-up; it proves nothing about validity.
 */
public final class ApiKey {

    private static final String ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int RANDOM_DIGITS = 43;
    private static final int CHECKSUM_DIGITS = 6;
    private static final int SHOWN_DIGITS = 4;

    private final KeyKind kind;
    private final String secret;

    private ApiKey(KeyKind kind, String secret) {
        this.kind = kind;
        this.secret = secret;
    }

    /** A new key from the platform's secure random source. */
    public static ApiKey generate(KeyKind kind) {
        return generate(kind, new SecureRandom());
    }

    static ApiKey generate(KeyKind kind, SecureRandom random) {
        StringBuilder text = new StringBuilder("pocket_").append(kind.prefix()).append('_');
        for (int i = 0; i < RANDOM_DIGITS; i++) {
            text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return new ApiKey(kind, text.append(checksum(text)).toString());
    }

    /** The key in this text, when its shape and checksum are right; empty otherwise. Never throws, costs no I/O. */
    public static Optional<ApiKey> parse(String text) {
        if (!text.startsWith("pocket_") || text.length() > 80) {
            return Optional.empty();
        }
        int afterKind = text.indexOf('_', 7);
        if (afterKind < 0 || text.length() != afterKind + 1 + RANDOM_DIGITS + CHECKSUM_DIGITS) {
            return Optional.empty();
        }
        for (int i = afterKind + 1; i < text.length(); i++) {
            if (ALPHABET.indexOf(text.charAt(i)) < 0) {
                return Optional.empty();
            }
        }
        int body = text.length() - CHECKSUM_DIGITS;
        if (!checksum(text.substring(0, body)).equals(text.substring(body))) {
            return Optional.empty();
        }
        return KeyKind.ofPrefix(text.substring(7, afterKind)).map(kind -> new ApiKey(kind, text));
    }

    /** The whole key. Show it once, to the one who asked for it; never log or store it. */
    public String secret() {
        return secret;
    }

    public KeyKind kind() {
        return kind;
    }

    /** SHA-256 of the whole key, 64 lower-case hex digits: what is stored and what travels between services. */
    public String sha256Hex() {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    /** Prefix and the first few digits, for lists and logs: enough to recognise a key, far too little to guess it. */
    public String shownStart() {
        return secret.substring(0, "pocket_".length() + kind.prefix().length() + 1 + SHOWN_DIGITS);
    }

    @Override
    public String toString() {
        return shownStart() + "...";
    }

    private static String checksum(CharSequence text) {
        CRC32 crc = new CRC32();
        crc.update(text.toString().getBytes(StandardCharsets.US_ASCII));
        long rest = crc.getValue();
        char[] digits = new char[CHECKSUM_DIGITS];
        for (int i = CHECKSUM_DIGITS - 1; i >= 0; i--) {
            digits[i] = ALPHABET.charAt((int) (rest % ALPHABET.length()));
            rest /= ALPHABET.length();
        }
        return new String(digits);
    }
}
