package dev.pocketagent.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.cli.launch.Ports;

/**
 * A suite in a state directory and on ports of its own, run by the {@code pocket} command. Other modules start suites
 * while this one runs: none meets another.
 */
final class Suite {

    static final ObjectMapper JSON = new ObjectMapper();

    private static final Path ROOT = Path.of(System.getProperty("pocket.root", "..")).toAbsolutePath().normalize();
    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(3)).build();
    private final Path home;
    private final int offset;

    Suite() throws IOException {
        this.home = Files.createTempDirectory("pocket e2e ");
        this.offset = Ports.claimOffset();
    }

    record Run(int exit, String out, String err) {
        JsonNode json() {
            try {
                return JSON.readTree(out);
            } catch (IOException e) {
                throw new AssertionError("Not JSON: " + out, e);
            }
        }
    }

    /** Runs {@code ./pocket args...} to its end. */
    Run pocket(String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(ROOT.resolve("pocket").toString()));
        command.addAll(List.of(args));
        Path out = Files.createTempFile(home, "out", ".txt");
        Path err = Files.createTempFile(home, "err", ".txt");
        ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        Map<String, String> env = builder.environment();
        env.put("POCKET_HOME", home.toString());
        env.put("POCKET_PORT_OFFSET", Integer.toString(offset));
        // The build that runs these tests has just built everything; building inside of it would wait for itself.
        env.put("POCKET_NO_BUILD", "1");
        // The journey must not depend on what the person at this machine has in their environment.
        List.of("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "POCKET_REGISTRY_URL", "POCKET_KEY").forEach(env::remove);
        Process process = builder.start();
        if (!process.waitFor(4, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new AssertionError("pocket " + String.join(" ", args) + " took over 4 minutes");
        }
        return new Run(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    /** As {@link #pocket}, and it must succeed. */
    Run run(String... args) throws IOException, InterruptedException {
        Run run = pocket(args);
        assertThat(run.exit()).as("pocket %s%nstdout: %s%nstderr: %s", String.join(" ", args), run.out(), run.err())
                .isZero();
        return run;
    }

    Path home() {
        return home;
    }

    String operatorKey() throws IOException {
        return Files.readString(home.resolve("secrets/operator.key")).strip();
    }

    /** Process id of a part, from its run record. */
    long pid(String part) throws IOException {
        return JSON.readTree(home.resolve("run/" + part + ".json").toFile()).path("pid").asLong();
    }

    static int port(String service) {
        return switch (service) {
            case "registry" -> 8081;
            case "provisioner" -> 8082;
            case "router" -> 8083;
            case "sync" -> 8084;
            default -> throw new IllegalArgumentException(service);
        };
    }

    String url(String service) {
        return "http://127.0.0.1:" + (port(service) + offset);
    }

    String managementUrl(String service) {
        return "http://127.0.0.1:" + (port(service) + 1000 + offset);
    }

    record Answer(int status, Map<String, List<String>> headers, String body) {
        JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (IOException e) {
                throw new AssertionError("Not JSON: " + body, e);
            }
        }

        String header(String name) {
            return headers.entrySet().stream().filter(entry -> entry.getKey().equalsIgnoreCase(name))
                    .map(entry -> entry.getValue().getFirst()).findFirst().orElse("");
        }
    }

    Answer get(String key, String service, String path) throws IOException, InterruptedException {
        return send("GET", key, service, path, "");
    }

    Answer post(String key, String service, String path, String body) throws IOException, InterruptedException {
        return send("POST", key, service, path, body);
    }

    /** One exchange; {@code headers} as name, value, name, value. */
    Answer send(String method, String key, String service, String path, String body, String... headers)
            throws IOException, InterruptedException {
        return exchange(method, key, url(service) + path, body, headers);
    }

    Answer exchange(String method, String key, String url, String body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(60))
                .method(method, body.isEmpty()
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return new Answer(response.statusCode(), response.headers().map(), response.body());
    }

    /** Stops the suite and proves that none of its processes is left. */
    void close() throws Exception {
        List<Long> pids = new ArrayList<>();
        for (String part : List.of("registry", "provisioner", "router", "sync", "postgres")) {
            if (Files.exists(home.resolve("run/" + part + ".json"))) {
                pids.add(pid(part));
            }
        }
        run("down");
        // A dead process counts as alive until its parent, here the system's first process, has taken notice.
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertThat(pids).noneMatch(
                pid -> ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false)));
    }
}
