package dev.pocketagent.cli.model;

import java.io.UncheckedIOException;
import java.util.Map;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.http.Api;
import dev.pocketagent.cli.http.Reply;
import dev.pocketagent.cli.http.ServerEvent;
import dev.pocketagent.cli.output.Json;

/** One turn of a conversation through the router. */
public final class Chat {

    private static final String PATH = "/v1/chat/completions";

    private final Api router;
    private final String model;

    /** @param router seen by a tenant's or an agent's key */
    public Chat(Api router, String model) {
        this.router = router;
        this.model = model;
    }

    /**
     * What came back.
     *
     * @param text the whole answer
     * @param model the one that answered
     * @param provider where it runs
     * @param sandbox whether it was the built-in model, which is no real one
     * @param requestId under which the usage row is found
     * @param firstTokenMillis from sending to the first piece of text; 0 when not streamed
     * @param inputTokens 0 when the provider did not say
     * @param outputTokens 0 when the provider did not say
     */
    public record Answer(String text, String model, String provider, boolean sandbox, String requestId,
            long firstTokenMillis, long totalMillis, long inputTokens, long outputTokens) {}

    /** @param tokens given each piece of text as it comes */
    public Answer stream(ArrayNode messages, Consumer<String> tokens) {
        var collected = new Collected(tokens);
        ObjectNode body = body(messages).put("stream", true);
        body.putObject("stream_options").put("include_usage", true);
        Reply head = router.stream(PATH, body, Map.of("Accept", "text/event-stream"), collected::accept);
        return collected.answer(head);
    }

    public Answer whole(ArrayNode messages) {
        var collected = new Collected(_ -> {
        });
        Reply reply = router.send("POST", PATH, body(messages), Map.of());
        collected.take(reply.body(), "/choices/0/message/content");
        return collected.answer(reply);
    }

    private ObjectNode body(ArrayNode messages) {
        ObjectNode body = Json.object().put("model", model);
        body.set("messages", messages);
        return body;
    }

    /** The parts of an answer as they gather. */
    private final class Collected {

        private final Consumer<String> tokens;
        private final StringBuilder text = new StringBuilder();
        private final long sentNanos = System.nanoTime();
        private @Nullable Long firstTokenNanos;
        private String answeredBy = "";
        private boolean sandbox;
        private long inputTokens;
        private long outputTokens;

        private Collected(Consumer<String> tokens) {
            this.tokens = tokens;
        }

        private void accept(ServerEvent event) {
            if (event.data().equals("[DONE]")) {
                return;
            }
            try {
                JsonNode chunk = Json.read(event.data());
                if (!chunk.path("error").isMissingNode()) {
                    throw CliException.failed("the stream broke off: " + Json.text(chunk, "/error/message"),
                            "try again; see pocket logs router");
                }
                take(chunk, "/choices/0/delta/content");
            } catch (UncheckedIOException e) {
                throw CliException.failed("the stream holds what is no JSON: " + event.data(),
                        "see pocket logs router");
            }
        }

        private void take(JsonNode chunk, String pointer) {
            String piece = Json.text(chunk, pointer);
            if (!piece.isEmpty()) {
                if (firstTokenNanos == null) {
                    firstTokenNanos = System.nanoTime();
                }
                text.append(piece);
                tokens.accept(piece);
            }
            answeredBy = answeredBy.isEmpty() ? Json.text(chunk, "/model") : answeredBy;
            sandbox |= chunk.at("/pocket/sandbox").asBoolean(false);
            inputTokens = Math.max(inputTokens, chunk.at("/usage/prompt_tokens").asLong(0));
            outputTokens = Math.max(outputTokens, chunk.at("/usage/completion_tokens").asLong(0));
        }

        private Answer answer(Reply head) {
            String named = head.header("x-pocket-model");
            String provider = head.header("x-pocket-provider");
            long first = firstTokenNanos == null ? 0 : (firstTokenNanos - sentNanos) / 1_000_000;
            return new Answer(text.toString(), named.isEmpty() ? answeredBy.isEmpty() ? model : answeredBy : named,
                    provider,
                    sandbox || provider.equals("sandbox"), head.header("x-request-id"), first,
                    (System.nanoTime() - sentNanos) / 1_000_000, inputTokens, outputTokens);
        }
    }
}
