package dev.pocketagent.router.openai;

import java.io.IOException;

import com.fasterxml.jackson.core.JsonParser;

/**
 * The text of a JSON string, its begin only when it is long: decoded, a text takes several times the memory of its bytes.
 *
 * @param begin the decoded text, as much of it as fits
 * @param leftOutBytes size of what was left out, as it stands in the JSON; 0 when {@code begin} is the whole text
 */
public record JsonText(String begin, int leftOutBytes) {

    /**
     * Reads the string that a parser stands on.
     *
     * @param body what the parser reads, in UTF-8
     * @param most so many bytes of the string are decoded
     */
    public static JsonText read(JsonParser parser, byte[] body, int most) throws IOException {
        int from = (int) parser.currentTokenLocation().getByteOffset() + 1;
        int end = Json.stringEnd(body, from, body.length);
        if (end < 0 || end - from <= most) {
            return new JsonText(parser.getText(), 0);
        }
        int cut = from;
        for (int next = cut; next - from <= most; next += step(body, next)) {
            cut = next;
        }
        var quoted = new byte[cut - from + 2];
        quoted[0] = '"';
        System.arraycopy(body, from, quoted, 1, cut - from);
        quoted[quoted.length - 1] = '"';
        try (var begin = Json.FACTORY.createParser(quoted)) {
            begin.nextToken();
            return new JsonText(begin.getText(), end - cut);
        }
    }

    /** Bytes of the character or escape at this place: neither may be cut in two. */
    private static int step(byte[] body, int at) {
        byte b = body[at];
        if (b == '\\') {
            return body[at + 1] == 'u' ? 6 : 2;
        }
        return b >= 0 ? 1 : (b & 0xE0) == 0xC0 ? 2 : (b & 0xF0) == 0xE0 ? 3 : 4;
    }
}
