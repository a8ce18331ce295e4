package dev.pocketagent.cli.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.output.Json;

/**
 * One service as seen by one key. Every answer of 400 and above is an {@link ApiException}, every failure to get one an
 * {@link UnreachableException}. A POST carries an Idempotency-Key of its own.
 */
public final class Api {

    /** A download that brings nothing for so long is given up. */
    private static final Duration STALL = Duration.ofSeconds(60);
    /** The most items that services give at once. */
    private static final int MAX_PAGE = 200;
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

    private final HttpClient http;
    private final String service;
    private final URI base;
    private final @Nullable String key;
    private final Duration patience;

    /**
     * @param service short name, for messages
     * @param base e.g. {@code http://127.0.0.1:8081}
     * @param key the full API key; null for requests without one
     */
    public Api(HttpClient http, String service, URI base, @Nullable String key) {
        this(http, service, base, key, ANSWER_TIMEOUT);
    }

    private Api(HttpClient http, String service, URI base, @Nullable String key, Duration patience) {
        this.http = http;
        this.service = service;
        this.base = base;
        this.key = key;
        this.patience = patience;
    }

    /** A client for short calls to services nearby. */
    public static HttpClient client() {
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5))
                .build();
    }

    public String service() {
        return service;
    }

    public URI base() {
        return base;
    }

    /** The same service seen by another key. */
    public Api with(String otherKey) {
        return new Api(http, service, base, otherKey, patience);
    }

    /** The same service, given more time than usual for an answer: for requests that make it work for long. */
    public Api patient(Duration atMost) {
        return new Api(http, service, base, key, atMost);
    }

    public Reply get(String path) {
        return send("GET", path, null, Map.of());
    }

    public Reply post(String path, JsonNode body) {
        return send("POST", path, body, Map.of("Idempotency-Key", UUID.randomUUID().toString()));
    }

    public Reply delete(String path, String etag) {
        return send("DELETE", path, null, etag.isEmpty() ? Map.of() : Map.of("If-Match", etag));
    }

    public Reply patch(String path, JsonNode body, String etag) {
        return send("PATCH", path, body, etag.isEmpty() ? Map.of() : Map.of("If-Match", etag));
    }

    public Reply put(String path, JsonNode body) {
        return send("PUT", path, body, Map.of());
    }

    public Reply send(String method, String path, @Nullable JsonNode body, Map<String, String> headers) {
        var request = request(path, headers).timeout(patience);
        if (body == null) {
            request.method(method, BodyPublishers.noBody());
        } else {
            request.header("Content-Type", "application/json").method(method,
                    BodyPublishers.ofString(Json.compact(body), StandardCharsets.UTF_8));
        }
        try {
            var response = http.send(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
            JsonNode json = json(response.headers(), response.body());
            if (response.statusCode() >= 400) {
                throw failure(response.statusCode(), response.headers(), response.body(), json);
            }
            return new Reply(response.statusCode(), response.headers(), response.body(), json);
        } catch (IOException e) {
            throw unreachable(e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /**
     * All pages of a list as one document, up to {@code limit} items. {@code nextCursor} stays where there is more.
     *
     * @param query without cursor and limit, e.g. {@code tenant=...}; may be empty
     */
    public JsonNode list(String path, String query, int limit) {
        ObjectNode all = Json.object();
        var items = all.putArray("items");
        String cursor = pages(path, query, limit, items::add);
        return cursor.isEmpty() ? all.putNull("nextCursor") : all.put("nextCursor", cursor);
    }

    /**
     * Part of a list.
     *
     * @param list as {@link #list(String, String, int)} gives it
     * @param leftOut how many items were met that are not wanted
     */
    public record Kept(JsonNode list, int leftOut) {}

    /**
     * As {@link #list(String, String, int)}, without the items that are not wanted.
     *
     * @param wanted which items count
     */
    public Kept list(String path, String query, int limit, Predicate<JsonNode> wanted) {
        ObjectNode all = Json.object();
        var items = all.putArray("items");
        int leftOut = 0;
        String cursor = "";
        // The first page may be short; behind it whole ones, or a run of unwanted items would take a request each.
        int size = Math.min(MAX_PAGE, limit);
        do {
            JsonNode page = page(path, query, size, cursor);
            int seen = 0;
            for (JsonNode item : page.path("items")) {
                if (items.size() == limit) {
                    // Read again up to here, for the cursor behind the last one.
                    page = page(path, query, seen, cursor);
                    break;
                }
                seen++;
                if (wanted.test(item)) {
                    items.add(item);
                } else {
                    leftOut++;
                }
            }
            cursor = Json.text(page, "/nextCursor");
            size = MAX_PAGE;
        } while (!cursor.isEmpty() && items.size() < limit);
        return new Kept(cursor.isEmpty() ? all.putNull("nextCursor") : all.put("nextCursor", cursor), leftOut);
    }

    private JsonNode page(String path, String query, int size, String cursor) {
        return get(path + "?limit=" + size + (query.isEmpty() ? "" : "&" + query)
                + (cursor.isEmpty() ? "" : "&cursor=" + encoded(cursor))).body();
    }

    /**
     * Hands over the items of a list as their pages come, up to {@code limit}.
     *
     * @return the cursor behind them; empty at the end of the list
     */
    public String pages(String path, String query, int limit, Consumer<JsonNode> consumer) {
        String cursor = "";
        int seen = 0;
        do {
            JsonNode page = page(path, query, Math.min(MAX_PAGE, limit - seen), cursor);
            page.path("items").forEach(consumer);
            seen += page.path("items").size();
            cursor = Json.text(page, "/nextCursor");
        } while (!cursor.isEmpty() && seen < limit);
        return cursor;
    }

    /** All pages of a list as one document, however many there are. */
    public JsonNode all(String path, String query) {
        return list(path, query, Integer.MAX_VALUE);
    }

    /**
     * Copies an answer of any size to a file or a pipe.
     *
     * @param sink is written to, and left open
     * @param copied told the bytes so far, after every piece
     * @return the head of the answer
     * @throws UncheckedIOException when the sink takes no more
     */
    public Reply download(String path, OutputStream sink, LongConsumer copied) {
        var request = request(path, Map.of()).timeout(patience).GET().build();
        HttpResponse<InputStream> response = open(request);
        try (InputStream stream = response.body(); var stalls = new StallGuard(stream, STALL)) {
            requireSuccess(response, stream);
            byte[] piece = new byte[1 << 16];
            long total = 0;
            for (int read = stream.read(piece); read >= 0; read = stream.read(piece)) {
                stalls.moved();
                write(sink, piece, read);
                total += read;
                copied.accept(total);
            }
        } catch (IOException e) {
            throw new UnreachableException(service, base, "the answer was cut off: " + reason(e), e);
        }
        return new Reply(response.statusCode(), response.headers(), "", MissingNode.getInstance());
    }

    private static void write(OutputStream sink, byte[] piece, int length) {
        try {
            sink.write(piece, 0, length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Posts and hands over each server-sent event as it comes, until the stream ends.
     *
     * @return the head of the answer
     */
    public Reply stream(String path, JsonNode body, Map<String, String> headers, Consumer<ServerEvent> consumer) {
        var request = request(path, headers).header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(Json.compact(body), StandardCharsets.UTF_8)).build();
        HttpResponse<InputStream> response = open(request);
        try (InputStream stream = response.body()) {
            requireSuccess(response, stream);
            var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
            ServerEvent.read(reader, consumer);
        } catch (IOException e) {
            throw new UnreachableException(service, base, "the stream was cut: " + reason(e), e);
        }
        return new Reply(response.statusCode(), response.headers(), "", MissingNode.getInstance());
    }

    private HttpResponse<InputStream> open(HttpRequest request) {
        try {
            return http.send(request, BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw unreachable(e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private void requireSuccess(HttpResponse<InputStream> response, InputStream stream) throws IOException {
        if (response.statusCode() >= 400) {
            String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            throw failure(response.statusCode(), response.headers(), text, json(response.headers(), text));
        }
    }

    /** A text as one segment of a path or one value of a query. */
    public static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private HttpRequest.Builder request(String path, Map<String, String> headers) {
        String root = base.toString().endsWith("/")
                ? base.toString().substring(0, base.toString().length() - 1)
                : base.toString();
        var request = HttpRequest.newBuilder(URI.create(root + path)).header("User-Agent", "pocket-cli");
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        headers.forEach(request::header);
        return request;
    }

    private ApiException failure(int status, HttpHeaders headers, String text, JsonNode json) {
        return new ApiException(service, status, text, json, headers.firstValue("Retry-After").orElse(""));
    }

    private UnreachableException unreachable(IOException e) {
        return new UnreachableException(service, base, reason(e), e);
    }

    private UnreachableException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new UnreachableException(service, base, "interrupted", e);
    }

    private String reason(IOException e) {
        return switch (e) {
            case HttpConnectTimeoutException _ -> "the connection timed out";
            case HttpTimeoutException _ -> "no answer within " + patience.toSeconds() + " s";
            case IOException unknown when UnreachableException.hasUnknownHost(unknown) ->
                "the name " + base.getHost() + " does not resolve";
            case ConnectException _ -> "the connection was refused";
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }

    private static JsonNode json(HttpHeaders headers, String text) {
        if (!headers.firstValue("Content-Type").orElse("").contains("json") || text.isBlank()) {
            return MissingNode.getInstance();
        }
        try {
            return Json.read(text);
        } catch (UncheckedIOException _) {
            return MissingNode.getInstance();
        }
    }
}
