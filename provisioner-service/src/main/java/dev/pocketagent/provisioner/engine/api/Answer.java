package dev.pocketagent.provisioner.engine.api;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;

import dev.pocketagent.provisioner.engine.api.Outcomes.Removal;
import dev.pocketagent.provisioner.engine.api.Outcomes.Switched;
import dev.pocketagent.provisioner.engine.http.EngineException;
import dev.pocketagent.provisioner.engine.http.Reply;

/**
 * The engine's whole answer to a call, and what it means where both engines say the same thing differently.
 *
 * @param body missing when the engine sent nothing, or something that is not JSON, like {@code OK} of a ping
 */
record Answer(int status, JsonNode body) {

    private static final ObjectMapper JSON = new ObjectMapper();
    /** An inspect takes some 10 KiB, a list of 1,000 containers some 2 MiB. */
    private static final int MAX_BYTES = 16 * 1024 * 1024;
    private static final int MAX_MESSAGE_CHARS = 600;

    @FunctionalInterface
    interface Shape<T> {
        T of(JsonNode node);
    }

    /** Reads the reply to its end. */
    static Answer of(Reply reply) throws EngineException {
        return new Answer(reply.status(), tree(reply.bytes(MAX_BYTES)));
    }

    /** Whatever is not JSON counts as nothing. */
    static JsonNode tree(byte[] bytes) {
        if (bytes.length == 0) {
            return MissingNode.getInstance();
        }
        try {
            return JSON.readTree(bytes);
        } catch (IOException e) {
            return MissingNode.getInstance();
        }
    }

    /** The engine's own words: {@code message} for both engines, else {@code cause}. */
    String message() {
        String text = body.path("message").asText("");
        if (text.isBlank()) {
            text = body.path("cause").asText("");
        }
        return text.isBlank() ? "the engine answered with status " + status : shorten(text.strip());
    }

    static String shorten(String text) {
        return text.length() <= MAX_MESSAGE_CHARS ? text : text.substring(0, MAX_MESSAGE_CHARS) + "...";
    }

    boolean absent() {
        return status == 404;
    }

    EngineException refusal() {
        return new EngineException(status, message());
    }

    /** @throws EngineException of kind REFUSED for an error status */
    Answer orThrow() throws EngineException {
        if (status >= 400) {
            throw refusal();
        }
        return this;
    }

    /** The body of a good answer. An empty one must never pass for "there is nothing": a plan would make everything again. */
    JsonNode json() throws EngineException {
        if (orThrow().body.isMissingNode()) {
            throw new EngineException(EngineException.Kind.BROKEN, "the engine's answer is not JSON");
        }
        return body;
    }

    String id() throws EngineException {
        String id = json().path("Id").asText("");
        if (id.isEmpty()) {
            throw new EngineException(EngineException.Kind.BROKEN, "the engine's answer names no id");
        }
        return id;
    }

    /** The items of a good answer that is a list. */
    <T> List<T> items(Shape<T> shape) throws EngineException {
        return items(json(), shape);
    }

    static <T> List<T> items(JsonNode array, Shape<T> shape) {
        List<T> result = new ArrayList<>(array.size());
        for (JsonNode node : array) {
            result.add(shape.of(node));
        }
        return result;
    }

    /** Read as the answer to a removal. */
    Removal removal() throws EngineException {
        String message = message();
        if (absent()) {
            return new Removal.Absent();
        }
        // Docker: 403 "has active endpoints" for networks, 409 for the rest, also while a removal by another call is still going on;
        // Podman: 500 "network is being used" or 409.
        if (status == 409
                || status >= 400 && (message.contains("active endpoints") || message.contains("is being used")
                        || message.contains("associated containers"))) {
            return new Removal.InUse(message);
        }
        orThrow();
        return new Removal.Removed();
    }

    /** Read as the answer to a start, stop or kill. */
    Switched switched() throws EngineException {
        return switch (status) {
            case 304 -> Switched.ALREADY;
            case 404 -> {
                // A start also fails with 404 when its program or a network is missing: only "no such container" is about the container.
                String message = message().toLowerCase(Locale.ROOT);
                if (message.contains("no such container") || message.contains("no container with")) {
                    yield Switched.ABSENT;
                }
                throw refusal();
            }
            default -> {
                orThrow();
                yield Switched.DONE;
            }
        };
    }
}
