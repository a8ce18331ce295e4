package dev.pocketagent.sync.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.sync.source.Forge;

/**
 * Checks that a delivery was signed with the secret of the source. The body is passed through piece by piece, so that nothing has to be
 * kept, and nothing is parsed, before it is known to be genuine. Compares in constant time. For one delivery and one thread.
 */
public final class Signature {

    /** How far a signed time may be from ours (Standard Webhooks). */
    static final Duration TOLERANCE = Duration.ofMinutes(5);
    private static final List<String> HEADERS = List.of("X-Hub-Signature-256", "X-Hub-Signature", "X-Gitea-Signature",
            "X-Forgejo-Signature", "X-Gitlab-Token", "webhook-signature");
    private static final String STANDARD_PREFIX = "whsec_";
    private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{64}");

    private final @Nullable Mac mac;
    private final List<byte[]> accepted;
    private final boolean known;

    private Signature(@Nullable Mac mac, List<byte[]> accepted, boolean known) {
        this.mac = mac;
        this.accepted = accepted;
        this.known = known;
    }

    /**
     * Begins the check of one delivery.
     *
     * @param secret the secret as it was shown to the user; never empty
     * @param header reads a header of the request, null when it is missing
     */
    public static Signature begin(Forge forge, String secret, UnaryOperator<@Nullable String> header, Instant now) {
        if (secret.isEmpty()) {
            throw new IllegalArgumentException("a source without a secret accepts no webhook");
        }
        return switch (forge) {
            case GITHUB -> hex(secret, header.apply("X-Hub-Signature-256"), "sha256=");
            case BITBUCKET -> hex(secret, header.apply("X-Hub-Signature"), "sha256=");
            case GITEA -> hex(secret, header.apply("X-Gitea-Signature"), "");
            case FORGEJO -> hex(secret, header.apply("X-Forgejo-Signature"), "");
            case GITLAB -> token(secret, header.apply("X-Gitlab-Token"));
            case STANDARD_WEBHOOKS -> standard(secret, header, now);
        };
    }

    /** Whether a request has something that could be a signature, for whatever forge. */
    static boolean isOffered(UnaryOperator<@Nullable String> header) {
        return HEADERS.stream().map(header).anyMatch(value -> value != null && !value.isBlank());
    }

    /** Whether the delivery is not genuine, whatever its body will be. */
    boolean isHopeless() {
        return mac == null && !known;
    }

    /** Passes a piece of the raw body through. */
    public void update(byte[] piece, int offset, int length) {
        if (mac != null) {
            mac.update(piece, offset, length);
        }
    }

    /** Whether the delivery is genuine; call once, after the whole body. */
    public boolean matches() {
        if (mac == null) {
            return known;
        }
        byte[] computed = mac.doFinal();
        boolean match = false;
        for (byte[] one : accepted) {
            match |= MessageDigest.isEqual(one, computed);
        }
        return match;
    }

    private static Signature hex(String secret, @Nullable String header, String prefix) {
        // Gitea and Forgejo send the header empty, or "sha256=", when no secret is set there: that is no signature.
        if (header == null || !header.startsWith(prefix) || !HEX.matcher(header.substring(prefix.length())).matches()) {
            return new Signature(null, List.of(), false);
        }
        byte[] given = HexFormat.of().parseHex(header.substring(prefix.length()));
        return new Signature(hmac(secret.getBytes(StandardCharsets.UTF_8)), List.of(given), false);
    }

    private static Signature token(String secret, @Nullable String header) {
        boolean same = header != null && MessageDigest.isEqual(secret.getBytes(StandardCharsets.UTF_8),
                header.getBytes(StandardCharsets.UTF_8));
        return new Signature(null, List.of(), same);
    }

    private static Signature standard(String secret, UnaryOperator<@Nullable String> header, Instant now) {
        String id = header.apply("webhook-id");
        String time = header.apply("webhook-timestamp");
        String signatures = header.apply("webhook-signature");
        if (id == null || id.isEmpty() || time == null || !time.matches("[0-9]{1,12}") || signatures == null
                || Duration.between(Instant.ofEpochSecond(Long.parseLong(time)), now).abs().compareTo(TOLERANCE) > 0
                || !secret.startsWith(STANDARD_PREFIX)) {
            return new Signature(null, List.of(), false);
        }
        List<byte[]> given = new ArrayList<>();
        for (String one : signatures.split(" ")) {
            if (one.startsWith("v1,") && given.size() < 10) {
                try {
                    given.add(Base64.getDecoder().decode(one.substring(3)));
                } catch (IllegalArgumentException notBase64) {
                    // another signature of the list may still be good
                }
            }
        }
        Mac mac = hmac(Base64.getDecoder().decode(secret.substring(STANDARD_PREFIX.length())));
        mac.update((id + "." + time + ".").getBytes(StandardCharsets.UTF_8));
        return new Signature(mac, given, false);
    }

    private static Mac hmac(byte[] key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac;
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every JDK has HMAC-SHA256", impossible);
        }
    }
}
