package dev.pocketagent.router.gateway;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * A real HTTP/1.1 upstream on a loopback port that does to its callers what providers do: the name of the model says
 * what. It writes bytes itself, so that nothing smooths over its faults. {@code x_events} and {@code x_delay_ms} in a
 * request's body set length and pace. Its good answers follow OpenAI's published stream format.
 */
final class FaultyUpstream implements AutoCloseable {

    static final List<String> MODELS = List.of("echo", "silent", "head-only", "cut", "cut-in-event", "stall", "garbage",
            "garbage-late", "json-for-stream", "no-http", "error-400", "error-401", "error-402", "error-403",
            "error-404", "error-429", "error-500", "error-503", "error-event", "error-event-first", "no-usage",
            "no-done", "flood", "endless-event", "not-json", "cut-json", "endless-json", "tiny-chunks", "early-stop");

    private static final ObjectMapper JSON = new ObjectMapper();

    /** One request as it came, and what became of its connection. */
    static final class Seen {
        final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        final AtomicLong bytesSent = new AtomicLong();
        volatile byte[] body = new byte[0];
        volatile String marker = "";
        /** System.nanoTime when the caller's end was seen; 0 before. */
        volatile long closedAt;

        JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    private final ServerSocket server;
    private final List<Seen> seen = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();

    FaultyUpstream() throws IOException {
        server = new ServerSocket(0, 1_000, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> {
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                while (!server.isClosed()) {
                    var socket = server.accept();
                    connections.incrementAndGet();
                    threads.submit(() -> serve(socket));
                }
            } catch (IOException closed) {
                // the test is over
            }
        });
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort() + "/v1";
    }

    /** Requests whose body holds this text in its {@code user} field. */
    List<Seen> seen(String marker) {
        return seen.stream().filter(each -> each.marker.equals(marker)).toList();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    private Void serve(Socket socket) {
        Seen request = null;
        try (socket) {
            socket.setTcpNoDelay(true);
            var in = new BufferedInputStream(socket.getInputStream());
            var out = socket.getOutputStream();
            while (true) {
                request = read(in);
                if (request == null) {
                    return null;
                }
                seen.add(request);
                watch(socket, in, request);
                if (!answer(request, out)) {
                    return null;
                }
                request = null;
            }
        } catch (IOException | InterruptedException gone) {
            if (request != null && request.closedAt == 0) {
                request.closedAt = System.nanoTime();
            }
        }
        return null;
    }

    /** While an answer is on its way the caller sends nothing: whatever reading gives is its end. */
    private void watch(Socket socket, BufferedInputStream in, Seen request) {
        if (!request.json().path("x_watch").asBoolean()) {
            return;
        }
        Thread.ofVirtual().start(() -> {
            try {
                if (in.read() < 0) {
                    request.closedAt = System.nanoTime();
                }
            } catch (IOException reset) {
                request.closedAt = System.nanoTime();
            }
            try {
                socket.close();
            } catch (IOException ignored) {
                // closed is closed
            }
        });
    }

    private static Seen read(InputStream in) throws IOException {
        var first = line(in);
        if (first == null) {
            return null;
        }
        var request = new Seen();
        for (var line = line(in); line != null && !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            request.headers.put(line.substring(0, colon), line.substring(colon + 1).strip());
        }
        request.body = in.readNBytes(Integer.parseInt(request.headers.getOrDefault("content-length", "0")));
        request.marker = request.json().path("user").asText();
        return request;
    }

    private static String line(InputStream in) throws IOException {
        var line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                return null;
            }
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }

    /** Returns whether the connection may be used again. */
    private boolean answer(Seen request, OutputStream out) throws IOException, InterruptedException {
        var body = request.json();
        var model = body.path("model").asText();
        boolean stream = body.path("stream").asBoolean();
        int events = body.path("x_events").asInt(24);
        int delay = body.path("x_delay_ms").asInt(0);
        if (model.startsWith("error-") && Character.isDigit(model.charAt(6))) {
            int status = Integer.parseInt(model.substring(6));
            whole(out, status, "application/json", "{\"error\":{\"message\":\"upstream says " + status
                    + "\",\"type\":\"x\",\"param\":\"temperature\",\"code\":\"odd\"}}",
                    status == 429 || status == 503 ? "Retry-After: 7\r\n" : "");
            return true;
        }
        switch (model) {
            case "silent" -> Thread.sleep(60_000);
            case "head-only" -> {
                head(out);
                Thread.sleep(60_000);
            }
            case "no-http" -> {
                out.write("hello, this is not HTTP\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                return false;
            }
            case "json-for-stream", "echo", "no-usage", "tiny-chunks", "early-stop" -> {
                if (!stream || model.equals("json-for-stream")) {
                    Thread.sleep(delay);
                    whole(out, 200, "application/json", completion(events, !model.equals("no-usage")), "");
                } else {
                    stream(request, out, events, delay, model);
                }
                return true;
            }
            case "not-json" -> {
                whole(out, 200, "text/plain", "I am a teapot", "");
                return true;
            }
            case "cut-json" -> out.write(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{\"choices\":["
                            .getBytes(StandardCharsets.US_ASCII));
            case "endless-json" -> {
                out.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII));
                while (true) {
                    chunk(request, out, "x".repeat(64 * 1024));
                }
            }
            default -> {
                head(out);
                broken(request, out, model);
            }
        }
        return false;
    }

    private static void broken(Seen request, OutputStream out, String model) throws IOException, InterruptedException {
        for (int i = 0; i < 3 && !model.equals("garbage") && !model.equals("endless-event")
                && !model.equals("error-event-first"); i++) {
            chunk(request, out, event(i));
        }
        switch (model) {
            case "cut" -> {
                // the socket closes without the last chunk
            }
            case "cut-in-event" -> chunk(request, out, event(3).substring(0, 30));
            case "stall" -> Thread.sleep(60_000);
            case "garbage" -> chunk(request, out, "<html>\n<body>Bad gateway</body>\n</html>\n\n");
            case "garbage-late" -> chunk(request, out, "data: {\"choices\":\n\n");
            case "error-event", "error-event-first" -> {
                chunk(request, out, "data: {\"error\":{\"message\":\"secret-host failed\",\"code\":500}}\n\n");
                chunk(request, out, "data: [DONE]\n\n");
                out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                Thread.sleep(500);
            }
            case "no-done" -> {
                chunk(request, out, "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
                out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                Thread.sleep(500);
            }
            case "flood" -> {
                for (int i = 0;; i++) {
                    chunk(request, out, event(i).repeat(50));
                }
            }
            case "endless-event" -> {
                chunk(request, out, "data: {\"x\":\"");
                while (true) {
                    chunk(request, out, "x".repeat(64 * 1024));
                }
            }
            default -> throw new IllegalArgumentException(model);
        }
    }

    private static void stream(Seen request, OutputStream out, int events, int delay, String model)
            throws IOException, InterruptedException {
        head(out);
        var parts = new ArrayList<String>();
        for (int i = 0; i < events; i++) {
            parts.add(event(i));
        }
        parts.add("data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
        if (!model.equals("no-usage")) {
            parts.add(
                    "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":" + events
                            + ",\"total_tokens\":" + (10 + events) + "}}\n\n");
        }
        parts.add("data: [DONE]\n\n");
        if (model.equals("tiny-chunks")) {
            for (char c : String.join("", parts).toCharArray()) {
                chunk(request, out, String.valueOf(c));
            }
        } else {
            for (var part : parts) {
                chunk(request, out, part);
                if (delay > 0) {
                    Thread.sleep(delay);
                }
            }
        }
        out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        if (model.equals("early-stop")) {
            throw new IOException("closes although the connection was kept alive");
        }
    }

    static String event(int number) {
        return "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"
                + "\"delta\":{\"content\":\"tok" + number + " \"},\"finish_reason\":null}]}\n\n";
    }

    private static String completion(int events, boolean usage) {
        var text = new StringBuilder();
        for (int i = 0; i < events; i++) {
            text.append("tok").append(i).append(' ');
        }
        return "{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":"
                + "{\"role\":\"assistant\",\"content\":\"" + text + "\"},\"finish_reason\":\"stop\"}]"
                + (usage ? ",\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":" + events + "}" : "") + "}";
    }

    private static void head(OutputStream out) throws IOException {
        out.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII));
    }

    private static void chunk(Seen request, OutputStream out, String text) throws IOException {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        out.write((Integer.toHexString(bytes.length) + "\r\n" + text + "\r\n").getBytes(StandardCharsets.UTF_8));
        request.bytesSent.addAndGet(bytes.length);
    }

    private static void whole(OutputStream out, int status, String type, String body, String headers)
            throws IOException {
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        out.write(("HTTP/1.1 " + status + " X\r\nContent-Type: " + type + "\r\n" + headers + "Content-Length: "
                + bytes.length + "\r\n\r\n" + body).getBytes(StandardCharsets.UTF_8));
    }
}
