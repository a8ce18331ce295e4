package dev.pocketagent.registry.pocketbase;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * A token of PocketBase. Its own {@code exp} claim is the only way to know that it is over: PocketBase answers an expired
 * one like a guest, without a word. We cannot check its signature and need not, it is not us whom it lets in.
 */
record Token(String text, Instant expiresAt) {

    /** A token this close to its end is not used any more: a call and a clock that is a bit off must fit in. */
    private static final Duration MARGIN = Duration.ofSeconds(30);

    /**
     * Reads a token.
     *
     * @throws IOException when it is no JWT with an {@code exp}
     */
    static Token parse(String text, ObjectMapper json) throws IOException {
        String[] parts = text.split("\\.", -1);
        if (parts.length == 3 && text.length() <= 8_192) {
            try {
                JsonNode claims = json.readTree(Base64.getUrlDecoder().decode(parts[1]));
                if (claims.path("exp").isIntegralNumber()) {
                    return new Token(text, Instant.ofEpochSecond(claims.path("exp").asLong()));
                }
            } catch (IllegalArgumentException e) {
                // Not base64: said below.
            }
        }
        // Never the parser's message, which may quote the text.
        throw new IOException("it is no token of PocketBase (a JWT with an exp claim)");
    }

    boolean goodAt(Instant now) {
        return now.plus(MARGIN).isBefore(expiresAt);
    }

    /** Never the token itself. */
    @Override
    public String toString() {
        return "token until " + expiresAt;
    }
}
