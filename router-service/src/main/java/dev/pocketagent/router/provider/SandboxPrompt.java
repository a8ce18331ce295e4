package dev.pocketagent.router.provider;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

/**
 * A conversation as the sandbox sees it.
 *
 * @param instructions texts of system and developer messages, in order
 * @param question text of the last user message that a person wrote; empty when there is none
 * @param toolResult what a tool returned after that question; null when none did
 * @param tokens estimated tokens of all texts
 */
record SandboxPrompt(List<String> instructions, String question, @Nullable String toolResult, int tokens) {

    /** OpenClaw ends every request with a user message of its own making; the person's comes before it. */
    private static final String SYNTHETIC = "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>";
    private static final JsonFactory JSON = new JsonFactory();

    SandboxPrompt {
        instructions = List.copyOf(instructions);
    }

    static SandboxPrompt read(byte[] body) throws IOException {
        var reading = new Reading();
        try (var parser = JSON.createParser(body)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean messages = "messages".equals(parser.currentName());
                if (parser.nextToken() == JsonToken.START_ARRAY && messages) {
                    while (parser.nextToken() == JsonToken.START_OBJECT) {
                        reading.message(parser);
                    }
                } else {
                    parser.skipChildren();
                }
            }
        }
        return new SandboxPrompt(reading.instructions, reading.question, reading.toolResult, reading.tokens);
    }

    private static final class Reading {

        private final List<String> instructions = new ArrayList<>();
        private String question = "";
        private @Nullable String toolResult;
        private int tokens;

        void message(JsonParser parser) throws IOException {
            String role = "";
            var text = new StringBuilder();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                var field = parser.currentName();
                var value = parser.nextToken();
                if ("role".equals(field) && value == JsonToken.VALUE_STRING) {
                    role = parser.getText();
                } else if ("content".equals(field)) {
                    content(parser, value, text);
                } else {
                    parser.skipChildren();
                }
            }
            tokens += SandboxReply.tokens(text.toString()).size();
            switch (role) {
                case "system", "developer" -> instructions.add(text.toString());
                case "user" -> {
                    if (text.indexOf(SYNTHETIC) != 0) {
                        question = text.toString();
                        toolResult = null;
                    }
                }
                case "tool", "function" -> toolResult = text.toString();
                default -> {
                }
            }
        }

        /** Content is a text, a list of parts of which some are texts, or null beside tool calls. */
        private static void content(JsonParser parser, JsonToken value, StringBuilder text) throws IOException {
            if (value == JsonToken.VALUE_STRING) {
                text.append(parser.getText());
                return;
            }
            if (value != JsonToken.START_ARRAY) {
                parser.skipChildren();
                return;
            }
            for (var token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
                if (token != JsonToken.START_OBJECT) {
                    parser.skipChildren();
                    continue;
                }
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    boolean isText = "text".equals(parser.currentName());
                    if (parser.nextToken() == JsonToken.VALUE_STRING && isText) {
                        text.append(text.isEmpty() ? "" : "\n").append(parser.getText());
                    } else {
                        parser.skipChildren();
                    }
                }
            }
        }
    }
}
