package dev.pocketagent.router.provider;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import dev.pocketagent.router.openai.JsonText;
import dev.pocketagent.router.openai.TokenUsage;

/**
 * A conversation as the sandbox sees it: the begin of each text, so that a prompt of many megabytes takes little memory.
 *
 * @param instructions texts of system and developer messages, in order
 * @param question text of the last user message that a person wrote; empty when there is none
 * @param questionCut whether it goes on
 * @param toolResult what a tool returned after that question; null when none did
 * @param tokens estimated tokens of all texts
 */
record SandboxPrompt(List<String> instructions, String question, boolean questionCut,
        @Nullable String toolResult, int tokens) {

    /** OpenClaw ends every request with a user message of its own making; the person's comes before it. */
    private static final String SYNTHETIC = "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>";
    /** So much is read of a message, and so much of all instructions together. */
    private static final int MOST_BYTES = 64 * 1024;
    /** Longer than every role. */
    private static final int ROLE_BYTES = 32;
    private static final JsonFactory JSON = new JsonFactory();

    SandboxPrompt {
        instructions = List.copyOf(instructions);
    }

    static SandboxPrompt read(byte[] body) throws IOException {
        var reading = new Reading(body);
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
        return new SandboxPrompt(reading.instructions, reading.question, reading.questionCut,
                reading.toolResult, reading.tokens);
    }

    private static final class Reading {

        private final byte[] body;
        private final List<String> instructions = new ArrayList<>();
        private int instructionChars;
        private String question = "";
        private boolean questionCut;
        private @Nullable String toolResult;
        private int tokens;

        Reading(byte[] body) {
            this.body = body;
        }

        void message(JsonParser parser) throws IOException {
            String role = "";
            var message = new Message();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                var field = parser.currentName();
                var value = parser.nextToken();
                if ("role".equals(field) && value == JsonToken.VALUE_STRING) {
                    role = JsonText.read(parser, body, ROLE_BYTES).begin();
                } else if ("content".equals(field)) {
                    content(parser, value, message);
                } else {
                    parser.skipChildren();
                }
            }
            var text = message.text.toString();
            tokens += SandboxReply.countTokens(text) + (int) TokenUsage.estimate(message.leftOutBytes);
            switch (role) {
                case "system", "developer" -> {
                    if (instructionChars + text.length() <= MOST_BYTES) {
                        instructionChars += text.length();
                        instructions.add(text);
                    }
                }
                case "user" -> {
                    if (!text.startsWith(SYNTHETIC)) {
                        question = text;
                        questionCut = message.leftOutBytes > 0;
                        toolResult = null;
                    }
                }
                case "tool", "function" -> toolResult = text;
                default -> {
                }
            }
        }

        /** Content is a text, a list of parts of which some are texts, or null beside tool calls. */
        private void content(JsonParser parser, JsonToken value, Message message) throws IOException {
            if (value == JsonToken.VALUE_STRING) {
                text(parser, message);
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
                        if (!message.text.isEmpty()) {
                            message.text.append('\n');
                        }
                        text(parser, message);
                    } else {
                        parser.skipChildren();
                    }
                }
            }
        }

        private void text(JsonParser parser, Message message) throws IOException {
            var text = JsonText.read(parser, body, Math.max(0, MOST_BYTES - message.text.length()));
            message.text.append(text.begin());
            message.leftOutBytes += text.leftOutBytes();
        }
    }

    /** One message while it is read. */
    private static final class Message {
        private final StringBuilder text = new StringBuilder();
        private long leftOutBytes;
    }
}
