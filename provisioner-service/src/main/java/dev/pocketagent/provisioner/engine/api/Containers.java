package dev.pocketagent.provisioner.engine.api;

import static dev.pocketagent.provisioner.engine.api.Calls.labelled;
import static dev.pocketagent.provisioner.engine.api.Calls.path;
import static dev.pocketagent.provisioner.engine.api.Calls.query;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.provisioner.engine.api.Outcomes.ContainerCreation;
import dev.pocketagent.provisioner.engine.api.Outcomes.Execution;
import dev.pocketagent.provisioner.engine.api.Outcomes.Removal;
import dev.pocketagent.provisioner.engine.api.Outcomes.Switched;
import dev.pocketagent.provisioner.engine.http.EngineException;
import dev.pocketagent.provisioner.engine.http.Frames;
import dev.pocketagent.provisioner.engine.http.Request;
import dev.pocketagent.provisioner.engine.http.Waiting;

/** The containers of an engine: their life, what they write and use, and commands inside. A container is named by its id or its name. */
public final class Containers {

    private static final int MAX_LOG_BYTES = 1024 * 1024;
    private static final int MAX_OUTPUT_BYTES = 8 * 1024;
    private static final int MAX_LOOKS_AGAIN = 3;
    private static final Pattern ENDED_PROCESS = Pattern.compile("read /proc/\\d+/cgroup: no such process");

    private final Calls calls;

    Containers(Calls calls) {
        this.calls = calls;
    }

    /** @param body as the API wants it; it may hold secrets and never shows up in an exception */
    public ContainerCreation create(String name, ObjectNode body, Waiting waiting) throws EngineException {
        Answer answer = calls.post("container.create", "/containers/create?name=" + query(name), body, waiting);
        String message = answer.message();
        if (answer.status() == 409
                || answer.status() == 500 && message.contains("name") && message.contains("already in use")) {
            return new ContainerCreation.NameTaken(message);
        }
        if (answer.absent() && message.contains("image")) {
            return new ContainerCreation.ImageMissing(message);
        }
        return new ContainerCreation.Created(answer.id());
    }

    public Switched start(String container, Waiting waiting) throws EngineException {
        return calls.post("container.start", at(container) + "/start", waiting).switched();
    }

    /**
     * Podman only: mounts everything and sets up the networks without starting the program. Volumes get their first content from the image
     * in this step there; Docker does it when the container is created.
     */
    public void init(String container, Waiting waiting) throws EngineException {
        calls.call("container.init", Request.post("/v4.0.0/libpod" + at(container) + "/init"), waiting, true).orThrow();
    }

    /**
     * Says TERM (or the image's own signal), and KILL after the grace.
     *
     * @param waiting its limit is extended by the grace
     */
    public Switched stop(String container, Duration grace, Waiting waiting) throws EngineException {
        long seconds = Math.max(0, (grace.toMillis() + 999) / 1000);
        return calls.post("container.stop", at(container) + "/stop?t=" + seconds,
                waiting.withLimit(waiting.limit().plusSeconds(seconds))).switched();
    }

    public Switched kill(String container, String signal) throws EngineException {
        Answer answer = calls.post("container.kill", at(container) + "/kill?signal=" + query(signal), Calls.QUICK);
        // Not running: Docker 409, Podman 500 "can only kill running containers".
        boolean still = answer.status() == 409
                || answer.status() == 500 && answer.message().contains("only kill running");
        return still ? Switched.ALREADY : answer.switched();
    }

    public void unpause(String container) throws EngineException {
        calls.post("container.unpause", at(container) + "/unpause", Calls.QUICK).orThrow();
    }

    /**
     * Removes the container and its anonymous volumes.
     *
     * @param force also when it runs
     */
    public Removal remove(String container, boolean force, Waiting waiting) throws EngineException {
        return calls.delete("container.remove", at(container) + "?v=true&force=" + force, waiting).removal();
    }

    public Optional<ContainerInfo> find(String container) throws EngineException {
        Answer answer = calls.get("container.inspect", at(container) + "/json");
        for (int again = 0; again < MAX_LOOKS_AGAIN && endedDuringTheLook(answer); again++) {
            answer = calls.get("container.inspect", at(container) + "/json");
        }
        return answer.absent() ? Optional.empty() : Optional.of(ContainerInfo.of(answer.json()));
    }

    /**
     * Podman reads the control group of the container's process while it answers: 500 "read /proc/3813/cgroup: no such process" when that
     * ends between opening the file and reading it. It says nothing about the container but that its state is another one now.
     */
    private static boolean endedDuringTheLook(Answer answer) {
        return answer.status() == 500 && ENDED_PROCESS.matcher(answer.message()).find();
    }

    /** Ids of all containers with that label, in any state. */
    public List<String> idsWithLabel(String label, String value) throws EngineException {
        return calls.get("container.list", "/containers/json?all=true&" + labelled(label, value))
                .items(node -> node.path("Id").asText());
    }

    /** The last lines of both outputs, oldest first, at most 1 MiB of them. */
    public List<String> logs(String container, int lines) throws EngineException {
        Request request = Request.get(calls.api(at(container) + "/logs?stdout=true&stderr=true&tail=" + lines));
        byte[] text = calls.stream("container.logs", request, Calls.QUICK, false, reply -> {
            if (reply.status() != 200) {
                throw Answer.of(reply).refusal();
            }
            return Frames.join(reply.body(), MAX_LOG_BYTES);
        });
        List<String> result = new String(text, StandardCharsets.UTF_8).lines().toList();
        return result.size() <= lines ? result : result.subList(result.size() - lines, result.size());
    }

    /** What a running container uses now. */
    public Usage usage(String container) throws EngineException {
        return Usage.of(calls.get("container.stats", at(container) + "/stats?stream=false&one-shot=true").json());
    }

    /**
     * Runs a command inside a running container.
     *
     * @param waiting after its limit the command goes on, but nobody listens any more
     * @throws EngineException of kind TIMEOUT when the command takes longer
     */
    public Execution execute(String container, List<String> command, Waiting waiting) throws EngineException {
        long deadline = System.nanoTime() + waiting.limit().toNanos();
        ObjectNode body = Calls.object();
        body.put("AttachStdout", true).put("AttachStderr", true);
        ArrayNode words = body.putArray("Cmd");
        command.forEach(words::add);
        String id = calls.call("exec.create", Request.post(calls.api(at(container) + "/exec"), body.toString()),
                waiting, false).id();
        Request start = Request.post(calls.api("/exec/" + path(id) + "/start"), "{\"Detach\":false,\"Tty\":false}");
        Waiting rest = waiting.withLimit(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
        byte[] output = calls.stream("exec.start", start, rest, false, reply -> {
            if (reply.status() >= 400) {
                throw Answer.of(reply).refusal();
            }
            return Frames.join(reply.body(), MAX_OUTPUT_BYTES);
        });
        JsonNode end = calls.get("exec.inspect", "/exec/" + path(id) + "/json").json();
        return new Execution(end.path("ExitCode").asInt(-1), new String(output, StandardCharsets.UTF_8));
    }

    /**
     * Unpacks an archive into a directory of the container, which need not run.
     *
     * @param directory absolute path in the container that exists
     * @param tar its owners and modes are kept
     */
    public void unpack(String container, String directory, byte[] tar) throws EngineException {
        String target = calls.api(at(container) + "/archive?path=" + query(directory));
        calls.call("container.unpack", new Request("PUT", target, new Request.Body.Bytes("application/x-tar", tar)),
                Calls.QUICK, true).orThrow();
    }

    private static String at(String container) {
        return "/containers/" + path(container);
    }
}
