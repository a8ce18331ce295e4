package dev.pocketagent.router.openai;

import java.io.IOException;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonToken;

/**
 * What an upstream's error body says, as far as a client may hear it.
 *
 * @param message its sentence, at most 1,000 characters; null when none was found
 */
public record UpstreamError(@Nullable String message, @Nullable String param, @Nullable String code) {

    private static final int MAX_MESSAGE = 1_000;

    /** Reads {@code {"error":{...}}} or {@code {"error":"text"}}; anything else gives an empty one. */
    public static UpstreamError read(byte[] body) {
        String message = null;
        String param = null;
        String code = null;
        try (var parser = Json.FACTORY.createParser(body)) {
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    boolean isError = "error".equals(parser.currentName());
                    var value = parser.nextToken();
                    if (isError && value == JsonToken.VALUE_STRING) {
                        message = parser.getText();
                    } else if (isError && value == JsonToken.START_OBJECT) {
                        while (parser.nextToken() == JsonToken.FIELD_NAME) {
                            var name = parser.currentName();
                            if (parser.nextToken() == JsonToken.VALUE_STRING) {
                                switch (name) {
                                    case "message" -> message = parser.getText();
                                    case "param" -> param = parser.getText();
                                    case "code" -> code = parser.getText();
                                    default -> {
                                    }
                                }
                            } else {
                                parser.skipChildren();
                            }
                        }
                    } else {
                        parser.skipChildren();
                    }
                }
            }
        } catch (IOException malformed) {
            return new UpstreamError(message, param, code);
        }
        return new UpstreamError(
                message == null || message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE), param,
                code);
    }
}
