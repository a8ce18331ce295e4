package dev.pocketagent.sync.git;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

/**
 * Serves repositories below a folder over smart HTTP with git's own {@code http-backend}. Can ask for a password, redirect, be slow and
 * be away.
 */
public final class GitHttpServer implements AutoCloseable {

    private final HttpServer server;
    private final Path root;
    private final AtomicInteger requests = new AtomicInteger();
    private volatile String password = "";
    private volatile String redirect = "";
    private volatile int status;
    private volatile long delayMillis;
    private volatile boolean away;

    public GitHttpServer(Path root) {
        this.root = root;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    public String url(String repository) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/" + repository;
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /** Requests so far. */
    public int requests() {
        return requests.get();
    }

    /** From now on only with this password; empty for none. */
    public void password(String wanted) {
        this.password = wanted;
    }

    /** From now on every request is redirected there; empty for not. */
    public void redirect(String target) {
        this.redirect = target;
    }

    /** From now on every request is answered with this status; 0 for not. */
    public void status(int answered) {
        this.status = answered;
    }

    public void delay(long millis) {
        this.delayMillis = millis;
    }

    /** While away, connections are dropped without an answer. */
    public void away(boolean isAway) {
        this.away = isAway;
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            requests.incrementAndGet();
            if (delayMillis > 0) {
                Thread.sleep(delayMillis);
            }
            if (away) {
                return;
            }
            if (status != 0) {
                exchange.sendResponseHeaders(status, -1);
                return;
            }
            if (!redirect.isEmpty()) {
                exchange.getResponseHeaders().add("Location", redirect + exchange.getRequestURI());
                exchange.sendResponseHeaders(302, -1);
                return;
            }
            String credentials = exchange.getRequestHeaders().getFirst("Authorization");
            if (!password.isEmpty()
                    && !("Basic " + Base64.getEncoder().encodeToString(password.getBytes(StandardCharsets.UTF_8)))
                            .equals(credentials)) {
                exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"git\"");
                exchange.sendResponseHeaders(401, -1);
                return;
            }
            backend(exchange);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void backend(HttpExchange exchange) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("git", "http-backend");
        TestGit.environment(builder.environment());
        String query = exchange.getRequestURI().getRawQuery();
        builder.environment().put("GIT_PROJECT_ROOT", root.toString());
        builder.environment().put("GIT_HTTP_EXPORT_ALL", "1");
        builder.environment().put("REQUEST_METHOD", exchange.getRequestMethod());
        builder.environment().put("PATH_INFO", exchange.getRequestURI().getPath());
        builder.environment().put("QUERY_STRING", query == null ? "" : query);
        String type = exchange.getRequestHeaders().getFirst("Content-Type");
        builder.environment().put("CONTENT_TYPE", type == null ? "" : type);
        String protocol = exchange.getRequestHeaders().getFirst("Git-Protocol");
        builder.environment().put("GIT_PROTOCOL", protocol == null ? "" : protocol);
        builder.environment().put("REMOTE_ADDR", "127.0.0.1");
        String coding = exchange.getRequestHeaders().getFirst("Content-Encoding");
        if (coding != null) {
            builder.environment().put("HTTP_CONTENT_ENCODING", coding);
        }
        byte[] body = exchange.getRequestBody().readAllBytes();
        builder.environment().put("CONTENT_LENGTH", String.valueOf(body.length));
        Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (OutputStream out = process.getOutputStream()) {
            out.write(body);
        } catch (IOException brokenPipe) {
            // the backend did not want it
        }
        InputStream answer = process.getInputStream();
        int code = 200;
        for (String line = line(answer); !line.isEmpty(); line = line(answer)) {
            int colon = line.indexOf(':');
            String name = line.substring(0, colon);
            String value = line.substring(colon + 1).strip();
            if (name.equalsIgnoreCase("Status")) {
                code = Integer.parseInt(value.substring(0, 3));
            } else {
                exchange.getResponseHeaders().add(name, value);
            }
        }
        exchange.sendResponseHeaders(code, 0);
        answer.transferTo(exchange.getResponseBody());
        process.waitFor();
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (c != '\r') {
                line.write(c);
            }
        }
        return line.toString(StandardCharsets.US_ASCII);
    }
}
