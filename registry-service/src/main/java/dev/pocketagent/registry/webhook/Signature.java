package dev.pocketagent.registry.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signatures as Standard Webhooks 1.0.0 has them: HMAC-SHA256 over {@code id.timestamp.body}, scheme {@code v1}. */
final class Signature {

    /** Bytes of a secret; the specification asks for 24 to 64. */
    static final int SECRET_BYTES = 32;

    private Signature() {}

    /** A secret as receivers keep it. */
    static String shown(byte[] secret) {
        return "whsec_" + Base64.getEncoder().encodeToString(secret);
    }

    /**
     * The header {@code webhook-signature}: one signature a secret, separated by spaces.
     *
     * @param id without a full stop
     * @param timestamp of the attempt, in seconds
     */
    static String header(List<byte[]> secrets, String id, long timestamp, byte[] body) {
        return secrets.stream().map(secret -> "v1," + Base64.getEncoder().encodeToString(
                sign(secret, id, timestamp, body))).collect(Collectors.joining(" "));
    }

    private static byte[] sign(byte[] secret, String id, long timestamp, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
            return mac.doFinal(body);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java platform has HMAC-SHA256", e);
        }
    }
}
