package dev.pocketagent.provisioner.engine.api;

import static dev.pocketagent.provisioner.engine.api.Calls.path;
import static dev.pocketagent.provisioner.engine.api.Calls.query;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.provisioner.engine.api.Outcomes.Pull;
import dev.pocketagent.provisioner.engine.http.EngineException;
import dev.pocketagent.provisioner.engine.http.Reply;
import dev.pocketagent.provisioner.engine.http.Request;
import dev.pocketagent.provisioner.engine.http.Waiting;

/** The images that an engine has, and how more come to it. */
public final class Images {

    private static final int MAX_LINE_BYTES = 1024 * 1024;

    private final Calls calls;

    Images(Calls calls) {
        this.calls = calls;
    }

    /** The id of an image that is here; empty: it is not. */
    public Optional<String> find(String name) throws EngineException {
        Answer answer = calls.get("image.inspect", "/images/" + path(name) + "/json");
        return answer.absent() ? Optional.empty() : Optional.of(answer.id());
    }

    /** @param status gets the engine's words about layers as they change */
    public Pull pull(String image, Consumer<String> status, Waiting waiting) throws EngineException {
        Request request = Request.post(calls.api("/images/create?fromImage=" + query(image)));
        return calls.stream("image.pull", request, waiting, true, reply -> pulled(reply, status));
    }

    /** Reads the images of an archive as {@code docker save} writes it. */
    public Pull load(Path archive, Waiting waiting) throws EngineException {
        Request request = new Request("POST", calls.api("/images/load?quiet=1"),
                new Request.Body.File("application/x-tar", archive));
        return calls.stream("image.load", request, waiting, true, reply -> pulled(reply, line -> {
        }));
    }

    private static Pull pulled(Reply reply, Consumer<String> status) throws EngineException {
        if (reply.status() >= 400) {
            return new Pull.Failed(Answer.of(reply).message());
        }
        String error = progress(reply, status);
        return error == null ? new Pull.Pulled() : new Pull.Failed(error);
    }

    /** Reads a stream of JSON objects, one a line; returns the error in it, if there is one. */
    private static @Nullable String progress(Reply reply, Consumer<String> status) throws EngineException {
        String error = null;
        try {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            int next;
            do {
                next = reply.body().read();
                if (next >= 0 && next != '\n') {
                    line.write(next);
                    if (line.size() > MAX_LINE_BYTES) {
                        throw new EngineException(EngineException.Kind.BROKEN,
                                "a line of the engine's progress has no end");
                    }
                    continue;
                }
                JsonNode node = Answer.tree(line.toByteArray());
                line.reset();
                if (node.hasNonNull("error")) {
                    error = Answer.shorten(node.path("error").asText());
                } else if (node.hasNonNull("status")) {
                    status.accept(Answer.shorten(node.path("status").asText()));
                }
            } while (next >= 0);
        } catch (EngineException e) {
            throw e;
        } catch (IOException e) {
            throw new EngineException(EngineException.Kind.BROKEN, "the engine's progress cannot be read", e);
        }
        return error;
    }
}
