package dev.pocketagent.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.function.Function;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

/**
 * An HTTP server that answers what it was told and remembers what it was asked: enough to check the client's side of the
 * contracts. It knows no rule of the real services.
 */
public final class FakeServices implements AutoCloseable {

    /** One request as it came. */
    public record Asked(String method, String path, Map<String, String> headers, String body) {}

    /**
     * One answer to give.
     *
     * @param missing bytes of the body that are announced and never come
     */
    public record Answer(int status, Map<String, String> headers, byte[] body, int missing) {

        public Answer(int status, Map<String, String> headers, String body) {
            this(status, headers, body.getBytes(StandardCharsets.UTF_8), 0);
        }

        public static Answer json(int status, String body) {
            return new Answer(status, Map.of("Content-Type", "application/json"), body);
        }

        public static Answer problem(int status, String code, String more) {
            return new Answer(status, Map.of("Content-Type", "application/problem+json"),
                    "{\"title\":\"T\",\"status\":" + status
                            + ",\"code\":\"" + code + "\",\"traceId\":\"abc123\"" + more + "}");
        }

        public Answer with(String header, String value) {
            var all = new LinkedHashMap<>(headers);
            all.put(header, value);
            return new Answer(status, all, body, missing);
        }

        /** The connection ends within the body. */
        public Answer cutBy(int bytes) {
            return new Answer(status, headers, body, bytes);
        }
    }

    private final HttpServer server;
    private final Map<String, Function<Asked, Answer>> answers = new LinkedHashMap<>();
    private final List<Asked> asked = Collections.synchronizedList(new ArrayList<>());

    public FakeServices() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** @param request method and path with query, e.g. {@code GET /api/v1/plans} */
    public FakeServices on(String request, Answer answer) {
        return on(request, _ -> answer);
    }

    public synchronized FakeServices on(String request, Function<Asked, Answer> answer) {
        answers.put(request, answer);
        return this;
    }

    public List<Asked> asked() {
        return List.copyOf(asked);
    }

    private void handle(HttpExchange exchange) throws IOException {
        var headers = new LinkedHashMap<String, String>();
        exchange.getRequestHeaders().forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT),
                String.join(",", values)));
        var request = new Asked(exchange.getRequestMethod(), exchange.getRequestURI().toString(), headers,
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        asked.add(request);
        Function<Asked, Answer> known;
        synchronized (this) {
            known = answers.get(request.method + " " + request.path);
        }
        Answer answer = known == null
                ? Answer.problem(404, "not_found", ",\"detail\":\"no answer for " + request.path + "\"")
                : known.apply(request);
        answer.headers().forEach(exchange.getResponseHeaders()::add);
        byte[] body = answer.body();
        exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length + answer.missing);
        if (answer.missing > 0) {
            exchange.getResponseBody().write(body);
            exchange.getResponseBody().flush();
            throw new IOException("makes the server close the connection");
        }
        try (var stream = exchange.getResponseBody()) {
            stream.write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
