package dev.pocketagent.router.openai;

import java.io.IOException;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonToken;

/**
 * What the books need of an answer that is not streamed.
 *
 * @param usage null when the upstream reported none that can be true
 * @param estimatedOutputTokens from the size of the generated text, for when usage is null
 */
public record JsonAnswer(@Nullable TokenUsage usage, long estimatedOutputTokens) {

    /**
     * Reads a whole answer.
     *
     * @return null when it is not one JSON object
     */
    public static @Nullable JsonAnswer read(byte[] body) {
        TokenUsage usage = null;
        try (var parser = Json.FACTORY.createParser(body)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean isUsage = "usage".equals(parser.currentName());
                if (parser.nextToken() == JsonToken.START_OBJECT && isUsage) {
                    usage = TokenUsage.read(parser);
                } else {
                    parser.skipChildren();
                }
            }
            if (parser.nextToken() != null) {
                return null;
            }
        } catch (IOException malformed) {
            return null;
        }
        if (usage != null) {
            return new JsonAnswer(usage, usage.outputTokens());
        }
        var facts = new PayloadFacts();
        facts.look(body, 0, body.length);
        return new JsonAnswer(null, Math.max(1, TokenUsage.estimate(facts.generatedBytes)));
    }
}
