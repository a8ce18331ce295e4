package dev.pocketagent.registry.pocketbase;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

/**
 * The part of PocketBase that the bridge and its tests use, with state: superusers and users, tokens with an end, rules for
 * lists, collections with fields, records, pages. {@link PocketBaseContract} holds it against PocketBase 0.39.11, the real
 * one, wherever that can be had: statuses, bodies, the ways of guests, of tokens that are over and of wrong values are
 * checked there. Not there, and so from reading its source only: 429 (PocketBase sends no Retry-After, proxies do). The
 * faults are those of networks and proxies.
 */
final class FakePocketBase implements TestServer {

    /** What can go wrong. */
    enum Fault {
        /** Every token counts as over: the caller is a guest, without an error. */
        GUEST,
        /** Every token counts as a user's. */
        NOT_SUPERUSER,
        /** Lists are empty. */
        EMPTY_LIST,
        /** Between two pages a record vanishes that was not read yet. */
        SHRINKING_LIST, RATE_LIMITED, LIMITED_FOR_AN_HOUR, SERVER_ERROR, HTML, HTML_BAD_GATEWAY, REDIRECT, SLOW_DRIP, ENDLESS, DROPPED, NOT_A_LIST
    }

    private record Account(String collection, String id, String email, String password) {}

    private record Reply(int status, JsonNode body) {}

    private static final Pattern AFTER = Pattern.compile("\\(id>'([a-z0-9]*)'\\)");
    private static final Pattern EQUALS = Pattern.compile("(\\w+) = \"(.*)\"");
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

    private final ObjectMapper json = new ObjectMapper();
    private final SecureRandom random = new SecureRandom();
    private final byte[] secret = random.generateSeed(32);
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Account> accounts = new ArrayList<>();
    private final Map<String, ObjectNode> collections = new HashMap<>();
    private final Map<String, TreeMap<String, ObjectNode>> records = new HashMap<>();
    private final List<String> calls = new ArrayList<>();
    private Fault fault;
    private String faultyPath = "";
    private int faultsLeft;

    FakePocketBase() throws IOException {
        accounts.add(new Account("_superusers", newId(), IDENTITY, PASSWORD));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    @Override
    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @Override
    public String describe() {
        return "the stateful fake";
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    /** So many of the next calls whose method and path contain this text go wrong. */
    synchronized void fail(Fault how, String path, int times) {
        fault = how;
        faultyPath = path;
        faultsLeft = times;
    }

    synchronized void heal() {
        faultsLeft = 0;
    }

    /** Methods and paths of what was asked, without queries. */
    synchronized List<String> calls() {
        return List.copyOf(calls);
    }

    synchronized void forgetCalls() {
        calls.clear();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String call = exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
            byte[] body = exchange.getRequestBody().readAllBytes();
            Fault now = null;
            synchronized (this) {
                calls.add(call);
                if (faultsLeft > 0 && call.contains(faultyPath)) {
                    faultsLeft--;
                    now = fault;
                }
            }
            if (now != null && misbehave(exchange, now)) {
                return;
            }
            Reply reply;
            synchronized (this) {
                reply = answer(exchange, body, now);
            }
            byte[] answer = reply.status() == 204 ? new byte[0] : json.writeValueAsBytes(reply.body());
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(reply.status(), answer.length == 0 ? -1 : answer.length);
            exchange.getResponseBody().write(answer);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean misbehave(HttpExchange exchange, Fault fault) throws IOException, InterruptedException {
        switch (fault) {
            case RATE_LIMITED, LIMITED_FOR_AN_HOUR -> {
                exchange.getResponseHeaders().add("Retry-After", fault == Fault.RATE_LIMITED ? "7" : "3600");
                text(exchange, 429, "{\"data\":{},\"message\":\"Too Many Requests.\",\"status\":429}");
            }
            case SERVER_ERROR -> text(exchange, 500,
                    "{\"data\":{},\"message\":\"Something went wrong.\",\"status\":500}");
            case HTML -> text(exchange, 200, "<!doctype html><title>Welcome to nginx</title>");
            case HTML_BAD_GATEWAY -> text(exchange, 502, "<!doctype html><title>Bad Gateway</title>");
            case NOT_A_LIST -> text(exchange, 200, "{\"items\":\"none\"}");
            case REDIRECT -> {
                exchange.getResponseHeaders().add("Location", "http://127.0.0.1:9/elsewhere");
                exchange.sendResponseHeaders(302, -1);
            }
            case DROPPED -> {
                // Closing without an answer.
            }
            case SLOW_DRIP -> {
                exchange.sendResponseHeaders(200, 0);
                try (OutputStream out = exchange.getResponseBody()) {
                    for (int i = 0; i < 600; i++) {
                        out.write(' ');
                        out.flush();
                        Thread.sleep(100);
                    }
                }
            }
            case ENDLESS -> {
                exchange.sendResponseHeaders(200, 0);
                byte[] much = "{\"items\":[],".repeat(5_000).getBytes(StandardCharsets.UTF_8);
                try (OutputStream out = exchange.getResponseBody()) {
                    for (int i = 0; i < 5_000; i++) {
                        out.write(much);
                    }
                }
            }
            case GUEST, NOT_SUPERUSER, EMPTY_LIST, SHRINKING_LIST -> {
                return false;
            }
        }
        return true;
    }

    private static void text(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private Reply answer(HttpExchange exchange, byte[] body, Fault now) throws IOException {
        String[] path = exchange.getRequestURI().getPath().substring(1).split("/");
        Account caller = now == Fault.GUEST ? null : caller(exchange.getRequestHeaders().getFirst("Authorization"));
        boolean superuser = caller != null && caller.collection().equals("_superusers") && now != Fault.NOT_SUPERUSER;
        String method = exchange.getRequestMethod();
        JsonNode sent = body.length == 0 ? json.createObjectNode() : json.readTree(body);
        if (path.length < 2 || !path[0].equals("api") || !path[1].equals("collections")) {
            return error(404, "The requested resource wasn't found.");
        }
        String name = path.length > 2 ? path[2] : "";
        if (path.length == 4 && path[3].equals("auth-with-password") && method.equals("POST")) {
            return signIn(name, sent);
        }
        if (path.length == 5 && path[3].equals("impersonate")) {
            return superuser
                    ? accounts.stream().filter(account -> account.id().equals(path[4])).findFirst()
                            .map(account -> new Reply(200, json.createObjectNode().put("token",
                                    token(account, sent.path("duration").asLong(), false))))
                            .orElseGet(() -> error(404, "The requested resource wasn't found."))
                    : error(403, "You are not allowed to perform this request.");
        }
        if (path.length <= 3) {
            return superuser
                    ? collection(method, name, sent)
                    : caller == null
                            ? error(401, "The request requires valid record authorization token.")
                            : error(403, "The authorized record is not allowed to perform this action.");
        }
        if (name.equals("users") || name.equals("_superusers")) {
            return accounts(method, name, sent);
        }
        if (!collections.containsKey(name)) {
            return error(404, "Missing collection context.");
        }
        if (path.length == 4 && method.equals("GET")) {
            return list(name, query(exchange), superuser, now);
        }
        if (!superuser) {
            return error(403, "Only superusers can perform this action.");
        }
        return path.length == 4 ? create(name, sent) : one(method, name, path[4], sent);
    }

    private Account caller(String header) throws IOException {
        if (header == null) {
            return null;
        }
        String[] parts = header.replaceFirst("(?i)^bearer ", "").split("\\.");
        if (parts.length != 3 || !parts[2].equals(sign(parts[0] + "." + parts[1]))) {
            return null;
        }
        JsonNode claims = json.readTree(Base64.getUrlDecoder().decode(parts[1]));
        return claims.path("exp").asLong() <= Instant.now().getEpochSecond()
                ? null
                : accounts.stream().filter(account -> account.id().equals(claims.path("id").asText())).findFirst()
                        .orElse(null);
    }

    private Reply signIn(String collection, JsonNode sent) {
        ObjectNode blank = json.createObjectNode();
        for (String field : List.of("identity", "password")) {
            if (sent.path(field).asText().isEmpty()) {
                blank.putObject(field).put("code", "validation_required").put("message", "Cannot be blank.");
            }
        }
        if (!blank.isEmpty()) {
            return error(400, "An error occurred while validating the submitted data.", blank);
        }
        return accounts.stream()
                .filter(account -> account.collection().equals(collection)
                        && account.email().equals(sent.path("identity").asText())
                        && account.password().equals(sent.path("password").asText()))
                .findFirst()
                .map(account -> new Reply(200,
                        json.createObjectNode().put("token",
                                token(account, collection.equals("_superusers") ? 86_400 : 432_000, true))))
                .orElseGet(() -> error(400, "Failed to authenticate."));
    }

    private Reply accounts(String method, String collection, JsonNode sent) {
        if (method.equals("POST")) {
            accounts.add(new Account(collection, newId(), sent.path("email").asText(), sent.path("password").asText()));
            return new Reply(200, json.createObjectNode().put("id", accounts.getLast().id()));
        }
        ObjectNode page = json.createObjectNode();
        ArrayNode items = page.putArray("items");
        accounts.stream().filter(account -> account.collection().equals(collection))
                .forEach(account -> items.addObject().put("id", account.id()));
        return new Reply(200, page);
    }

    private Reply collection(String method, String name, JsonNode sent) {
        if (method.equals("POST")) {
            ObjectNode made = sent.deepCopy();
            ArrayNode fields = json.createArrayNode();
            fields.addObject().put("name", "id").put("type", "text");
            fields.addAll((ArrayNode) sent.path("fields"));
            made.set("fields", fields);
            collections.put(sent.path("name").asText(), made);
            records.put(sent.path("name").asText(), new TreeMap<>());
            return new Reply(200, made);
        }
        return collections.containsKey(name)
                ? new Reply(200, collections.get(name))
                : error(404, "Missing or invalid collection context.");
    }

    private Reply list(String name, Map<String, String> query, boolean superuser, Fault now) {
        List<ObjectNode> found = new ArrayList<>(now == Fault.EMPTY_LIST ? List.of() : records.get(name).values());
        if (!superuser) {
            Matcher rule = EQUALS.matcher(collections.get(name).path("listRule").asText());
            if (!rule.matches()) {
                return error(403, "Only superusers can perform this action.");
            }
            found.removeIf(record -> !record.path(rule.group(1)).asText().equals(rule.group(2)));
        }
        Matcher after = AFTER.matcher(query.getOrDefault("filter", ""));
        if (after.matches()) {
            found.removeIf(record -> record.path("id").asText().compareTo(after.group(1)) <= 0);
        } else if (query.containsKey("filter")) {
            return error(400, "Something went wrong while processing your request.");
        }
        int size = Math.min(1_000, Integer.parseInt(query.getOrDefault("perPage", "30")));
        int from = Math.min(found.size(), (Integer.parseInt(query.getOrDefault("page", "1")) - 1) * size);
        ObjectNode page = json.createObjectNode().put("page", 1).put("perPage", size).put("totalItems", found.size())
                .put("totalPages", (found.size() + size - 1) / size);
        ArrayNode items = page.putArray("items");
        for (ObjectNode record : found.subList(from, Math.min(found.size(), from + size))) {
            ObjectNode shown = record.deepCopy();
            if (query.containsKey("fields")) {
                shown.retain(query.get("fields").split(","));
            }
            items.add(shown);
        }
        if (now == Fault.SHRINKING_LIST && found.size() > from + size) {
            records.get(name).remove(found.getLast().path("id").asText());
        }
        return new Reply(200, page);
    }

    private Reply create(String name, JsonNode sent) {
        ObjectNode record = json.createObjectNode().put("id", newId());
        for (JsonNode field : collections.get(name).path("fields")) {
            if (field.path("type").asText().equals("number")) {
                record.put(field.path("name").asText(), 0);
            } else if (!field.path("name").asText().equals("id")) {
                record.put(field.path("name").asText(), "");
            }
        }
        return save(name, record, sent, "create");
    }

    private Reply one(String method, String name, String id, JsonNode sent) {
        ObjectNode record = records.get(name).get(id);
        if (record == null) {
            return error(404, "The requested resource wasn't found.");
        }
        return switch (method) {
            case "GET" -> new Reply(200, record);
            case "PATCH" -> save(name, record.deepCopy(), sent, "update");
            case "DELETE" -> {
                records.get(name).remove(id);
                yield new Reply(204, record);
            }
            default -> error(404, "The requested resource wasn't found.");
        };
    }

    /** Unknown fields are ignored, wrong values refused. */
    private Reply save(String name, ObjectNode record, JsonNode sent, String verb) {
        ObjectNode wrong = json.createObjectNode();
        for (JsonNode field : collections.get(name).path("fields")) {
            String key = field.path("name").asText();
            if (sent.has(key) && !key.equals("id")) {
                record.set(key, sent.get(key));
            }
            String text = record.path(key).asText();
            if (field.path("required").asBoolean() && text.isEmpty()) {
                wrong.putObject(key).put("code", "validation_required").put("message", "Cannot be blank.");
            } else if (field.has("max") && text.length() > field.path("max").asInt()) {
                wrong.putObject(key).put("code", "validation_max_text_constraint").put("message",
                        "Must be no more than " + field.path("max") + " character(s).");
            } else if (field.has("values") && !text.isEmpty() && !contains(field.path("values"), text)) {
                wrong.putObject(key).put("code", "validation_invalid_value").put("message",
                        "Invalid value " + text + ".");
            }
        }
        if (!wrong.isEmpty()) {
            return error(400, "Failed to " + verb + " record.", wrong);
        }
        records.get(name).put(record.path("id").asText(), record);
        return new Reply(200, record);
    }

    private static boolean contains(JsonNode values, String text) {
        return values.valueStream().anyMatch(value -> value.asText().equals(text));
    }

    private Reply error(int status, String message) {
        return error(status, message, json.createObjectNode());
    }

    private Reply error(int status, String message, ObjectNode data) {
        ObjectNode body = json.createObjectNode();
        body.set("data", data);
        return new Reply(status, body.put("message", message).put("status", status));
    }

    private String token(Account account, long seconds, boolean refreshable) {
        String head = base64("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8));
        ObjectNode claims = json.createObjectNode().put("collectionId", "pbc_3142635823")
                .put("exp", Instant.now().getEpochSecond() + seconds).put("id", account.id())
                .put("refreshable", refreshable).put("type", "auth");
        String body = head + "." + base64(claims.toString().getBytes(StandardCharsets.UTF_8));
        return body + "." + sign(body);
    }

    private String sign(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return base64(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private String newId() {
        StringBuilder id = new StringBuilder();
        while (id.length() < 15) {
            id.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return id.toString();
    }

    private static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> query = new HashMap<>();
        String raw = exchange.getRequestURI().getRawQuery();
        for (String pair : (raw == null ? "" : raw).split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                query.put(pair.substring(0, equals),
                        URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return query;
    }
}
