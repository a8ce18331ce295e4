package dev.pocketagent.provisioner.engine.api;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.provisioner.engine.api.Outcomes.ContainerCreation;
import dev.pocketagent.provisioner.engine.api.Outcomes.Execution;
import dev.pocketagent.provisioner.engine.api.Outcomes.NetworkCreation;
import dev.pocketagent.provisioner.engine.api.Outcomes.Pull;
import dev.pocketagent.provisioner.engine.api.Outcomes.Removal;
import dev.pocketagent.provisioner.engine.api.Outcomes.Switched;
import dev.pocketagent.provisioner.engine.http.EngineAddress;
import dev.pocketagent.provisioner.engine.http.EngineException;
import dev.pocketagent.provisioner.engine.http.EngineHttp;
import dev.pocketagent.provisioner.engine.http.Frames;
import dev.pocketagent.provisioner.engine.http.Reply;
import dev.pocketagent.provisioner.engine.http.Request;
import dev.pocketagent.provisioner.engine.http.Waiting;

/**
 * One engine. Safe for many threads; every method blocks its thread and throws {@link EngineException} for whatever it does not return.
 */
public final class EngineClient {

    private static final ObjectMapper JSON = new ObjectMapper();
    /** Of one answer. An inspect takes some 10 KiB, a list of 1,000 containers some 2 MiB. */
    private static final int MAX_ANSWER_BYTES = 16 * 1024 * 1024;
    private static final int MAX_LOG_BYTES = 1024 * 1024;
    private static final int MAX_OUTPUT_BYTES = 8 * 1024;
    private static final int MAX_MESSAGE_CHARS = 600;
    private static final Duration QUICK = Duration.ofSeconds(30);
    /** Podman on a busy machine takes seconds for its version, since it asks its runtime and conmon for theirs. */
    private static final Duration HELLO = Duration.ofSeconds(5);
    private static final Duration WHO = Duration.ofSeconds(15);

    private final EngineHttp http;
    private final EngineVersion version;
    private final CallMeter meter;

    private EngineClient(EngineHttp http, EngineVersion version, CallMeter meter) {
        this.http = http;
        this.version = version;
        this.meter = meter;
    }

    /** Asks who is there and agrees on the API version. Takes at most 20 s. */
    public static EngineClient connect(EngineAddress address, CallMeter meter) throws EngineException {
        EngineHttp http = new EngineHttp(address);
        EngineClient stranger = new EngineClient(http, new EngineVersion("?", "?", EngineVersion.WANTED_API, false),
                meter);
        stranger.ping();
        Answer answer = stranger.call("version", Request.get("/version"), Waiting.atMost(WHO), false);
        JsonNode who = answer.json();
        String version = who.path("Version").asText("?");
        String product = "Docker";
        for (JsonNode component : who.path("Components")) {
            if (component.path("Name").asText().startsWith("Podman")) {
                product = "Podman";
            }
        }
        String api = EngineVersion.negotiate(who.path("ApiVersion").asText(EngineVersion.WANTED_API),
                who.path("MinAPIVersion").asText(""));
        return new EngineClient(http, new EngineVersion(product, version, api, product.equals("Podman")), meter);
    }

    public EngineAddress address() {
        return http.address();
    }

    public EngineVersion version() {
        return version;
    }

    /** Whether somebody answers; takes at most 5 s. */
    public void ping() throws EngineException {
        call("ping", Request.get("/_ping"), Waiting.atMost(HELLO), false).orThrow();
    }

    /** Slow on Podman (0.4 s): not for every request. */
    public HostInfo info() throws EngineException {
        return HostInfo.of(get("info", "/info").json());
    }

    // ---- images

    /** The id of an image that is here; empty: it is not. */
    public Optional<String> image(String name) throws EngineException {
        Answer answer = get("image.inspect", "/images/" + path(name) + "/json");
        return answer.status == 404 ? Optional.empty() : Optional.of(answer.id());
    }

    /** @param status gets the engine's words about layers as they change */
    public Pull pull(String image, Consumer<String> status, Waiting waiting) throws EngineException {
        return timed("image.pull", true, new int[1], code -> http.exchange(
                Request.post(api("/images/create?fromImage=" + query(image))), waiting,
                reply -> {
                    code[0] = reply.status();
                    if (reply.status() >= 400) {
                        return new Pull.Failed(message(reply.status(), tree(reply.bytes(MAX_ANSWER_BYTES))));
                    }
                    String error = progress(reply, status);
                    return error == null ? new Pull.Pulled() : new Pull.Failed(error);
                }));
    }

    /** Reads the images of an archive as {@code docker save} writes it. */
    public Pull load(Path archive, Waiting waiting) throws EngineException {
        Request request = new Request("POST", api("/images/load?quiet=1"),
                new Request.Body.File("application/x-tar", archive));
        return timed("image.load", true, new int[1], code -> http.exchange(request, waiting, reply -> {
            code[0] = reply.status();
            if (reply.status() >= 400) {
                return new Pull.Failed(message(reply.status(), tree(reply.bytes(MAX_ANSWER_BYTES))));
            }
            String error = progress(reply, line -> {
            });
            return error == null ? new Pull.Pulled() : new Pull.Failed(error);
        }));
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
                    if (line.size() > MAX_LOG_BYTES) {
                        throw new EngineException(EngineException.Kind.BROKEN,
                                "a line of the engine's progress has no end");
                    }
                    continue;
                }
                JsonNode node = tree(line.toByteArray());
                line.reset();
                if (node.hasNonNull("error")) {
                    error = shorten(node.path("error").asText());
                } else if (node.hasNonNull("status")) {
                    status.accept(shorten(node.path("status").asText()));
                }
            } while (next >= 0);
        } catch (EngineException e) {
            throw e;
        } catch (IOException e) {
            throw new EngineException(EngineException.Kind.BROKEN, "the engine's progress cannot be read", e);
        }
        return error;
    }

    // ---- networks

    public NetworkCreation createNetwork(String name, String subnet, boolean internal, Map<String, String> labels)
            throws EngineException {
        ObjectNode body = object();
        body.put("Name", name).put("Driver", "bridge").put("Internal", internal).put("CheckDuplicate", true);
        body.putObject("IPAM").putArray("Config").addObject().put("Subnet", subnet);
        ObjectNode labelsNode = body.putObject("Labels");
        labels.forEach(labelsNode::put);
        Answer answer = post("network.create", "/networks/create", body, Waiting.atMost(QUICK));
        String message = answer.message();
        if (answer.status == 409 || answer.status == 500 && message.contains("already used: network already exists")) {
            return new NetworkCreation.NameTaken(message);
        }
        // Docker: 403 "Pool overlaps with other one on this address space"; Podman: 500 "subnet ... is already used on the host".
        if (answer.status >= 400 && (message.contains("overlaps") || message.contains("is already used on the host")
                || message.contains("already being used by a network"))) {
            return new NetworkCreation.SubnetTaken(message);
        }
        return new NetworkCreation.Created(answer.id());
    }

    public Optional<NetworkInfo> network(String name) throws EngineException {
        Answer answer = get("network.inspect", "/networks/" + path(name));
        return answer.status == 404 ? Optional.empty() : Optional.of(NetworkInfo.of(answer.json()));
    }

    public List<NetworkInfo> networks() throws EngineException {
        return all(get("network.list", "/networks").json(), NetworkInfo::of);
    }

    public List<NetworkInfo> networks(String label, String value) throws EngineException {
        return all(get("network.list", "/networks?filters=" + labelled(label, value)).json(), NetworkInfo::of);
    }

    /** Joins a container to one more network. Already joined is fine. */
    public void connectNetwork(String network, String container, List<String> aliases) throws EngineException {
        ObjectNode body = object();
        body.put("Container", container);
        var names = body.putObject("EndpointConfig").putArray("Aliases");
        aliases.forEach(names::add);
        post("network.connect", "/networks/" + path(network) + "/connect", body, Waiting.atMost(QUICK)).orThrow();
    }

    public Removal removeNetwork(String name) throws EngineException {
        return removal(
                call("network.remove", Request.delete(api("/networks/" + path(name))), Waiting.atMost(QUICK), true));
    }

    // ---- volumes

    /** A volume that exists already stays as it is, with its labels. */
    public VolumeInfo createVolume(String name, Map<String, String> labels) throws EngineException {
        ObjectNode body = object();
        body.put("Name", name);
        ObjectNode labelsNode = body.putObject("Labels");
        labels.forEach(labelsNode::put);
        return VolumeInfo.of(post("volume.create", "/volumes/create", body, Waiting.atMost(QUICK)).json());
    }

    public Optional<VolumeInfo> volume(String name) throws EngineException {
        Answer answer = get("volume.inspect", "/volumes/" + path(name));
        return answer.status == 404 ? Optional.empty() : Optional.of(VolumeInfo.of(answer.json()));
    }

    public List<VolumeInfo> volumes(String label, String value) throws EngineException {
        return all(get("volume.list", "/volumes?filters=" + labelled(label, value)).json().path("Volumes"),
                VolumeInfo::of);
    }

    /** Removes the volume and all that is in it. */
    public Removal removeVolume(String name) throws EngineException {
        return removal(
                call("volume.remove", Request.delete(api("/volumes/" + path(name))), Waiting.atMost(QUICK), true));
    }

    // ---- containers

    /** @param body as the API wants it; it may hold secrets and never shows up in an exception */
    public ContainerCreation createContainer(String name, ObjectNode body, Waiting waiting) throws EngineException {
        Answer answer = post("container.create", "/containers/create?name=" + query(name), body, waiting);
        String message = answer.message();
        if (answer.status == 409
                || answer.status == 500 && message.contains("name") && message.contains("already in use")) {
            return new ContainerCreation.NameTaken(message);
        }
        if (answer.status == 404 && message.contains("image")) {
            return new ContainerCreation.ImageMissing(message);
        }
        return new ContainerCreation.Created(answer.id());
    }

    public Switched start(String container, Waiting waiting) throws EngineException {
        return switched(post("container.start", "/containers/" + path(container) + "/start", null, waiting));
    }

    /**
     * Podman only: mounts everything and sets up the networks without starting the program. Volumes get their first content from the image
     * in this step there; Docker does it when the container is created.
     */
    public void init(String container, Waiting waiting) throws EngineException {
        call("container.init", Request.post("/v4.0.0/libpod/containers/" + path(container) + "/init"), waiting, true)
                .orThrow();
    }

    /**
     * Says TERM (or the image's own signal), and KILL after the grace.
     *
     * @param waiting its limit is extended by the grace
     */
    public Switched stop(String container, Duration grace, Waiting waiting) throws EngineException {
        long seconds = Math.max(0, (grace.toMillis() + 999) / 1000);
        return switched(post("container.stop", "/containers/" + path(container) + "/stop?t=" + seconds, null,
                waiting.withLimit(waiting.limit().plusSeconds(seconds))));
    }

    public Switched kill(String container, String signal) throws EngineException {
        Answer answer = post("container.kill", "/containers/" + path(container) + "/kill?signal=" + query(signal), null,
                Waiting.atMost(QUICK));
        // Not running: Docker 409, Podman 500 "can only kill running containers".
        boolean still = answer.status == 409 || answer.status == 500 && answer.message().contains("only kill running");
        return still ? Switched.ALREADY : switched(answer);
    }

    public void unpause(String container) throws EngineException {
        post("container.unpause", "/containers/" + path(container) + "/unpause", null, Waiting.atMost(QUICK)).orThrow();
    }

    /**
     * Removes the container and its anonymous volumes.
     *
     * @param force also when it runs
     */
    public Removal removeContainer(String container, boolean force, Waiting waiting) throws EngineException {
        return removal(call("container.remove",
                Request.delete(api("/containers/" + path(container) + "?v=true&force=" + force)), waiting, true));
    }

    public Optional<ContainerInfo> container(String idOrName) throws EngineException {
        Answer answer = get("container.inspect", "/containers/" + path(idOrName) + "/json");
        return answer.status == 404 ? Optional.empty() : Optional.of(ContainerInfo.of(answer.json()));
    }

    /** Ids of all containers with that label, in any state. */
    public List<String> containers(String label, String value) throws EngineException {
        return all(get("container.list", "/containers/json?all=true&filters=" + labelled(label, value)).json(),
                node -> node.path("Id").asText());
    }

    /** The last lines of both outputs, oldest first, at most 1 MiB of them. */
    public List<String> logs(String container, int lines) throws EngineException {
        String target = api("/containers/" + path(container) + "/logs?stdout=true&stderr=true&tail=" + lines);
        byte[] text = timed("container.logs", false, new int[1],
                code -> http.exchange(Request.get(target), Waiting.atMost(QUICK), reply -> {
                    code[0] = reply.status();
                    if (reply.status() != 200) {
                        throw refused(reply);
                    }
                    return Frames.join(reply.body(), MAX_LOG_BYTES);
                }));
        List<String> result = new String(text, StandardCharsets.UTF_8).lines().toList();
        return result.size() <= lines ? result : result.subList(result.size() - lines, result.size());
    }

    /** What a running container uses now. */
    public Usage usage(String container) throws EngineException {
        return Usage.of(
                get("container.stats", "/containers/" + path(container) + "/stats?stream=false&one-shot=true").json());
    }

    /**
     * Runs a command inside a running container.
     *
     * @param waiting after its limit the command goes on, but nobody listens any more
     * @throws EngineException of kind TIMEOUT when the command takes longer
     */
    public Execution execute(String container, List<String> command, Waiting waiting) throws EngineException {
        long deadline = System.nanoTime() + waiting.limit().toNanos();
        ObjectNode body = object();
        body.put("AttachStdout", true).put("AttachStderr", true);
        var words = body.putArray("Cmd");
        command.forEach(words::add);
        String id = call("exec.create", Request.post(api("/containers/" + path(container) + "/exec"), body.toString()),
                waiting, false)
                .id();
        Waiting rest = waiting.withLimit(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
        byte[] output = timed("exec.start", false, new int[1],
                code -> http.exchange(
                        Request.post(api("/exec/" + path(id) + "/start"), "{\"Detach\":false,\"Tty\":false}"), rest,
                        reply -> {
                            code[0] = reply.status();
                            if (reply.status() >= 400) {
                                throw refused(reply);
                            }
                            return Frames.join(reply.body(), MAX_OUTPUT_BYTES);
                        }));
        JsonNode end = get("exec.inspect", "/exec/" + path(id) + "/json").json();
        return new Execution(end.path("ExitCode").asInt(-1), new String(output, StandardCharsets.UTF_8));
    }

    /**
     * Unpacks an archive into a directory of the container, which need not run.
     *
     * @param directory absolute path in the container that exists
     * @param tar its owners and modes are kept
     */
    public void unpack(String container, String directory, byte[] tar) throws EngineException {
        String target = api("/containers/" + path(container) + "/archive?path=" + query(directory));
        call("container.unpack", new Request("PUT", target, new Request.Body.Bytes("application/x-tar", tar)),
                Waiting.atMost(QUICK), true)
                .orThrow();
    }

    // ---- plumbing

    private record Answer(int status, JsonNode body) {

        String message() {
            return EngineClient.message(status, body);
        }

        Answer orThrow() throws EngineException {
            if (status >= 400) {
                throw new EngineException(status, message());
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
    }

    private Answer get(String operation, String path) throws EngineException {
        return call(operation, Request.get(api(path)), Waiting.atMost(QUICK), false);
    }

    private Answer post(String operation, String path, @Nullable ObjectNode body, Waiting waiting)
            throws EngineException {
        return call(operation, body == null ? Request.post(api(path)) : Request.post(api(path), body.toString()),
                waiting, true);
    }

    private Answer call(String operation, Request request, Waiting waiting, boolean mutates) throws EngineException {
        return timed(operation, mutates, new int[1], code -> http.exchange(request, waiting, reply -> {
            code[0] = reply.status();
            return new Answer(reply.status(), tree(reply.bytes(MAX_ANSWER_BYTES)));
        }));
    }

    @FunctionalInterface
    private interface Call<T> {
        T run(int[] status) throws EngineException;
    }

    private <T> T timed(String operation, boolean mutates, int[] status, Call<T> call) throws EngineException {
        long start = System.nanoTime();
        try {
            return call.run(status);
        } finally {
            meter.called(operation, status[0], System.nanoTime() - start, mutates);
        }
    }

    private static Removal removal(Answer answer) throws EngineException {
        String message = answer.message();
        if (answer.status == 404) {
            return new Removal.Absent();
        }
        // Docker: 403 "has active endpoints" for networks, 409 for the rest, also while a removal by another call is still going on;
        // Podman: 500 "network is being used" or 409.
        if (answer.status == 409
                || answer.status >= 400 && (message.contains("active endpoints") || message.contains("is being used")
                        || message.contains("associated containers"))) {
            return new Removal.InUse(message);
        }
        answer.orThrow();
        return new Removal.Removed();
    }

    private static Switched switched(Answer answer) throws EngineException {
        return switch (answer.status) {
            case 304 -> Switched.ALREADY;
            case 404 -> {
                // A start also fails with 404 when its program or a network is missing: only "no such container" is about the container.
                String message = answer.message().toLowerCase(java.util.Locale.ROOT);
                if (message.contains("no such container") || message.contains("no container with")) {
                    yield Switched.ABSENT;
                }
                throw new EngineException(answer.status, answer.message());
            }
            default -> {
                answer.orThrow();
                yield Switched.DONE;
            }
        };
    }

    private static EngineException refused(Reply reply) throws EngineException {
        return new EngineException(reply.status(), message(reply.status(), tree(reply.bytes(MAX_ANSWER_BYTES))));
    }

    /** The engine's own words: {@code message} for both engines, else {@code cause}. */
    private static String message(int status, JsonNode body) {
        String text = body.path("message").asText("");
        if (text.isBlank()) {
            text = body.path("cause").asText("");
        }
        return text.isBlank() ? "the engine answered with status " + status : shorten(text.strip());
    }

    private static String shorten(String text) {
        return text.length() <= MAX_MESSAGE_CHARS ? text : text.substring(0, MAX_MESSAGE_CHARS) + "...";
    }

    /** Whatever is not JSON, like {@code OK} of a ping, counts as nothing. */
    private static JsonNode tree(byte[] bytes) {
        if (bytes.length == 0) {
            return MissingNode.getInstance();
        }
        try {
            return JSON.readTree(bytes);
        } catch (IOException e) {
            return MissingNode.getInstance();
        }
    }

    @FunctionalInterface
    private interface Shape<T> {
        T of(JsonNode node);
    }

    private static <T> List<T> all(JsonNode array, Shape<T> shape) {
        List<T> result = new ArrayList<>(array.size());
        for (JsonNode node : array) {
            result.add(shape.of(node));
        }
        return result;
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private String api(String path) {
        return "/v" + version.apiVersion() + path;
    }

    private static String labelled(String label, String value) {
        ObjectNode filter = object();
        filter.putArray("label").add(label + "=" + value);
        return query(filter.toString());
    }

    private static String query(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Image names have slashes, and the engines want them as they are. */
    private static String path(String text) {
        return query(text).replace("%2F", "/").replace("%3A", ":").replace("%40", "@");
    }
}
