package dev.pocketagent.router.openai;

import java.io.IOException;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

/**
 * Tokens of one request, all choices together.
 *
 * @param inputTokens tokens of the prompt, cached ones included; never negative
 * @param outputTokens tokens of the answer, hidden reasoning included; never negative
 */
public record TokenUsage(long inputTokens, long outputTokens) {

    /** Byte-level tokenizers make at least one token of every byte and about one of three in practice. */
    private static final int BYTES_PER_TOKEN = 3;

    public TokenUsage {
        if (inputTokens < 0 || outputTokens < 0) {
            throw new IllegalArgumentException("negative tokens");
        }
    }

    /** How many tokens so many bytes of text are, rounded up; an estimate, not a bound. */
    public static long estimate(long bytes) {
        return Math.ceilDiv(bytes, BYTES_PER_TOKEN);
    }

    /**
     * Reads a {@code usage} object the parser stands on.
     *
     * @return null when it does not name both counts, or names one that can not be true
     */
    static @Nullable TokenUsage read(JsonParser parser) throws IOException {
        long input = -1;
        long output = -1;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            var name = parser.currentName();
            var value = parser.nextToken();
            if (value == JsonToken.VALUE_NUMBER_INT && parser.getNumberType() == JsonParser.NumberType.INT) {
                switch (name) {
                    case "prompt_tokens" -> input = parser.getLongValue();
                    case "completion_tokens" -> output = parser.getLongValue();
                    default -> {
                    }
                }
            } else {
                parser.skipChildren();
            }
        }
        return input < 0 || output < 0 ? null : new TokenUsage(input, output);
    }
}
