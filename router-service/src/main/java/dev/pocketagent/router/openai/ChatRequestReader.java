package dev.pocketagent.router.openai;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;

import dev.pocketagent.router.openai.ChatRequest.Edit;
import dev.pocketagent.router.openai.ChatRequest.Span;

/** Reads a chat completion request in one pass of a streaming parser. Strings that nobody needs are never decoded. */
public final class ChatRequestReader {

    private static final int MAX_CHOICES = 128;
    private static final byte[] TRUE = ascii("true");

    /** What came of reading a body. */
    public sealed interface Reading {
        record Read(ChatRequest request) implements Reading {}

        record Refused(ApiError error) implements Reading {}
    }

    private final byte[] body;
    private final JsonParser parser;

    private @Nullable String model;
    private @Nullable Span modelValue;
    private @Nullable Boolean stream;
    private boolean optionsSeen;
    private @Nullable Edit usageEdit;
    private boolean includeUsage;
    private long maxTokens;
    private long maxCompletionTokens;
    private int choices;
    private int messages = -1;
    private boolean tools;
    private int images;
    private long promptBytes;

    private ChatRequestReader(byte[] body, JsonParser parser) {
        this.body = body;
        this.parser = parser;
    }

    /**
     * Reads and checks a body.
     *
     * @param body UTF-8 JSON; kept by the result, so it must not change afterwards
     */
    public static Reading read(byte[] body) {
        try (var parser = Json.FACTORY.createParser(body)) {
            return new Reading.Read(new ChatRequestReader(body, parser).read());
        } catch (Refusal refusal) {
            return new Reading.Refused(refusal.error);
        } catch (JsonProcessingException malformed) {
            var at = malformed.getLocation();
            return new Reading.Refused(ApiError.invalidJson(at == null
                    ? "The request body is not valid JSON."
                    : "The request body is not valid JSON (line " + at.getLineNr() + ", column " + at.getColumnNr()
                            + ")."));
        } catch (IOException impossible) {
            return new Reading.Refused(ApiError.invalidJson("The request body could not be read."));
        }
    }

    private ChatRequest read() throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new Refusal(ApiError.invalidJson("The request body must be a JSON object."));
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            var name = parser.currentName();
            var value = parser.nextToken();
            switch (name) {
                case "model" -> model(value);
                case "messages" -> messages(value);
                case "stream" -> stream(value);
                case "stream_options" -> streamOptions(value);
                case "max_tokens" -> maxTokens = count(name, value, maxTokens, Integer.MAX_VALUE);
                case "max_completion_tokens" ->
                    maxCompletionTokens = count(name, value, maxCompletionTokens, Integer.MAX_VALUE);
                case "n" -> choices = (int) count(name, value, choices, MAX_CHOICES);
                case "tools", "functions" -> tools(value);
                default -> parser.skipChildren();
            }
        }
        int end = offset(); // behind the closing brace
        if (parser.nextToken() != null) {
            throw new Refusal(ApiError.invalidJson("The request body holds more than one JSON value."));
        }
        if (model == null || modelValue == null) {
            throw refuse("model", "Name a model: \"model\" is missing. \"pocket/auto\" picks one for you.");
        }
        if (messages < 0) {
            throw refuse("messages", "\"messages\" is missing.");
        }
        boolean streamed = Boolean.TRUE.equals(stream);
        if (streamed && !includeUsage && usageEdit == null) {
            usageEdit = new Edit(new Span(end - 1, end - 1),
                    ascii(",\"stream_options\":{\"include_usage\":true}"));
        }
        // The newer name wins where both are given, as in OpenAI's own API.
        long maxOutput = maxCompletionTokens > 0 ? maxCompletionTokens : maxTokens;
        return new ChatRequest(body, model, modelValue, streamed, includeUsage, streamed ? usageEdit : null, maxOutput,
                Math.max(1, choices), messages, tools, images, promptBytes);
    }

    private void model(JsonToken value) throws IOException {
        once(model == null, "model");
        if (value != JsonToken.VALUE_STRING || parser.getTextLength() == 0) {
            throw refuse("model", "\"model\" must be a string that is not empty.");
        }
        int from = tokenOffset();
        model = parser.getText();
        modelValue = new Span(from, offset());
    }

    private void stream(JsonToken value) {
        once(stream == null, "stream");
        stream = switch (value) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE, VALUE_NULL -> false;
            default -> throw refuse("stream", "\"stream\" must be true or false.");
        };
    }

    private void streamOptions(JsonToken value) throws IOException {
        once(!optionsSeen, "stream_options");
        optionsSeen = true;
        if (value == JsonToken.VALUE_NULL) {
            int from = tokenOffset();
            usageEdit = new Edit(new Span(from, offset()), ascii("{\"include_usage\":true}"));
            return;
        }
        if (value != JsonToken.START_OBJECT) {
            throw refuse("stream_options", "\"stream_options\" must be an object.");
        }
        int inside = offset();
        boolean empty = true;
        boolean seen = false;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            empty = false;
            if (!"include_usage".equals(parser.currentName())) {
                parser.nextToken();
                parser.skipChildren();
                continue;
            }
            once(!seen, "stream_options.include_usage");
            seen = true;
            var include = parser.nextToken();
            int from = tokenOffset();
            switch (include) {
                case VALUE_TRUE -> includeUsage = true;
                case VALUE_FALSE, VALUE_NULL -> usageEdit = new Edit(new Span(from, offset()), TRUE);
                default -> throw refuse("stream_options.include_usage", "\"include_usage\" must be true or false.");
            }
        }
        if (!seen) {
            usageEdit = new Edit(new Span(inside, inside), ascii("\"include_usage\":true" + (empty ? "" : ",")));
        }
    }

    private long count(String name, JsonToken value, long before, int limit) throws IOException {
        once(before == 0, name);
        if (value == JsonToken.VALUE_NULL) {
            return 0;
        }
        // getNumberType first: a number beyond long would make getLongValue throw.
        if (value == JsonToken.VALUE_NUMBER_INT && parser.getNumberType() == JsonParser.NumberType.INT) {
            int number = parser.getIntValue();
            if (number >= 1 && number <= limit) {
                return number;
            }
        }
        throw refuse(name, "\"" + name + "\" must be a whole number from 1 to " + limit + ".");
    }

    private void messages(JsonToken value) throws IOException {
        once(messages < 0, "messages");
        if (value != JsonToken.START_ARRAY) {
            throw refuse("messages", "\"messages\" must be an array.");
        }
        int from = tokenOffset();
        messages = 0;
        long media = 0;
        for (int depth = 1; depth > 0;) {
            var token = parser.nextToken();
            if (depth == 1 && token != JsonToken.END_ARRAY) {
                if (token != JsonToken.START_OBJECT) {
                    throw refuse("messages[" + messages + "]", "Every message must be an object.");
                }
                messages++;
            }
            switch (token) {
                case START_OBJECT, START_ARRAY -> depth++;
                case END_OBJECT, END_ARRAY -> depth--;
                case FIELD_NAME -> media += media(parser.currentName());
                case null -> throw new Refusal(ApiError.invalidJson("The request body ends too early."));
                default -> {
                }
            }
        }
        if (messages == 0) {
            throw refuse("messages", "\"messages\" must hold at least one message.");
        }
        promptBytes += offset() - from - media;
    }

    /** Skips the value of a field that holds media; returns its size, 0 for any other field. */
    private long media(String field) throws IOException {
        boolean image = "image_url".equals(field);
        if (!image && !"input_audio".equals(field) && !"file_data".equals(field)) {
            return 0;
        }
        var value = parser.nextToken();
        int from = tokenOffset();
        if (image) {
            images++;
        }
        if (value == JsonToken.VALUE_STRING) {
            // Not finishToken: it decodes, and what stands here may be megabytes.
            int end = Json.stringEnd(body, from + 1, body.length);
            return end < 0 ? 0 : end + 1 - from;
        }
        parser.skipChildren();
        parser.finishToken();
        return offset() - from;
    }

    private void tools(JsonToken value) throws IOException {
        int from = tokenOffset();
        parser.skipChildren();
        parser.finishToken();
        if (value == JsonToken.START_ARRAY) {
            int size = offset() - from;
            tools |= size > 2;
            promptBytes += size;
        }
    }

    private int tokenOffset() {
        return (int) parser.currentTokenLocation().getByteOffset();
    }

    private int offset() {
        return (int) parser.currentLocation().getByteOffset();
    }

    /**
     * A field the router acts on may stand only once: with two, the router could price one and the provider run the other.
     */
    private static void once(boolean first, String param) {
        if (!first) {
            throw refuse(param, "\"" + param + "\" is given more than once.");
        }
    }

    private static Refusal refuse(String param, String message) {
        return new Refusal(ApiError.invalid(param, message));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Leaves the recursion of one read; never seen outside. */
    private static final class Refusal extends RuntimeException {
        private final transient ApiError error;

        Refusal(ApiError error) {
            super(error.message(), null, false, false);
            this.error = error;
        }
    }
}
