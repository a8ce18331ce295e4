package dev.pocketagent.router.openai;

import java.nio.charset.StandardCharsets;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.io.JsonStringEncoder;

/** The one streaming parser factory of this package, and quoting. */
final class Json {

    /** UTF-8 only: with charset detection on, a UTF-16 body would be read without usable byte offsets. */
    static final JsonFactory FACTORY = JsonFactory.builder().disable(JsonFactory.Feature.CHARSET_DETECTION).build();
    static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);

    private Json() {}

    static byte[] quote(String text) {
        var inner = JsonStringEncoder.getInstance().quoteAsUTF8(text);
        var quoted = new byte[inner.length + 2];
        quoted[0] = '"';
        System.arraycopy(inner, 0, quoted, 1, inner.length);
        quoted[quoted.length - 1] = '"';
        return quoted;
    }

    /**
     * Where a string ends, found without decoding it.
     *
     * @param from behind its opening quote
     * @return the place of its closing quote, -1 when there is none
     */
    static int stringEnd(byte[] bytes, int from, int to) {
        for (int at = from; at < to; at++) {
            byte b = bytes[at];
            if (b == '"') {
                return at;
            }
            if (b == '\\') {
                at++;
            }
        }
        return -1;
    }
}
