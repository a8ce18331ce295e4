package dev.pocketagent.router.openai;

import java.io.IOException;

import org.jspecify.annotations.Nullable;

/**
 * What one JSON payload of an answer tells, found in a single pass that knows strings and nesting and nothing else. A
 * full parse of every event would cost more than relaying it; only a {@code usage} object that is there gets parsed.
 *
 * <p>One instance is reused for all events of a stream.
 */
final class PayloadFacts {

    /** The payload is one balanced JSON object. */
    boolean wellFormed;
    /** A top-level {@code error} object is there. */
    boolean error;
    /** Top-level {@code choices} is the empty array. */
    boolean noChoices;
    /** Some {@code finish_reason} is a string. */
    boolean finished;
    /** Bytes of generated text and tool arguments, as escaped in the payload. */
    long generatedBytes;
    /** Top-level usage that names both counts. */
    @Nullable
    TokenUsage usage;

    void look(byte[] bytes, int from, int to) {
        wellFormed = false;
        error = false;
        noChoices = false;
        finished = false;
        generatedBytes = 0;
        usage = null;
        int at = skipSpace(bytes, from, to);
        int end = to;
        while (end > at && isSpace(bytes[end - 1])) {
            end--;
        }
        if (at >= end || bytes[at] != '{' || bytes[end - 1] != '}') {
            return;
        }
        wellFormed = walk(bytes, at, end);
    }

    private boolean walk(byte[] bytes, int from, int to) {
        int depth = 0;
        boolean counting = false;
        for (int at = from; at < to;) {
            switch (bytes[at]) {
                case '"' -> {
                    int end = Json.stringEnd(bytes, at + 1, to);
                    if (end < 0) {
                        return false;
                    }
                    int next = skipSpace(bytes, end + 1, to);
                    if (next < to && bytes[next] == ':') {
                        next = skipSpace(bytes, next + 1, to);
                        counting = next < to && key(bytes, at + 1, end, depth, next, to);
                    } else {
                        if (counting) {
                            generatedBytes += end - at - 1;
                        }
                        counting = false;
                    }
                    at = next;
                }
                case '{', '[' -> {
                    depth++;
                    counting = false;
                    at++;
                }
                case '}', ']' -> {
                    depth--;
                    at++;
                    if (depth == 0 && at < to) {
                        return false; // something follows the object
                    }
                }
                default -> at++;
            }
        }
        return depth == 0;
    }

    /** Returns whether the string that follows is generated text. */
    private boolean key(byte[] bytes, int from, int to, int depth, int value, int end) {
        byte first = bytes[value];
        switch (to - from) {
            case 5 -> {
                if (depth == 1 && first == '{') {
                    if (is(bytes, from, "usage")) {
                        readUsage(bytes, value, end);
                    } else if (is(bytes, from, "error")) {
                        error = true;
                    }
                }
                return false;
            }
            case 7 -> {
                if (depth == 1 && first == '[' && is(bytes, from, "choices")) {
                    int next = skipSpace(bytes, value + 1, end);
                    noChoices = next < end && bytes[next] == ']';
                }
                return is(bytes, from, "content") || is(bytes, from, "refusal");
            }
            case 9 -> {
                return is(bytes, from, "arguments") || is(bytes, from, "reasoning");
            }
            case 13 -> {
                if (first == '"' && is(bytes, from, "finish_reason")) {
                    finished = true;
                }
                return false;
            }
            case 17 -> {
                return is(bytes, from, "reasoning_content");
            }
            default -> {
                return false;
            }
        }
    }

    private void readUsage(byte[] bytes, int from, int to) {
        try (var parser = Json.FACTORY.createParser(bytes, from, to - from)) {
            parser.nextToken();
            var read = TokenUsage.read(parser);
            if (read != null) {
                usage = read;
            }
        } catch (IOException malformed) {
            // A usage object that can not be read is one that was not sent: the estimate takes its place.
            usage = null;
        }
    }

    private static boolean is(byte[] bytes, int from, String word) {
        for (int i = 0; i < word.length(); i++) {
            if (bytes[from + i] != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static int skipSpace(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && isSpace(bytes[at])) {
            at++;
        }
        return at;
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }
}
