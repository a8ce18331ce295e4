package dev.pocketagent.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import dev.pocketagent.kit.auth.KeyInfo;
import dev.pocketagent.kit.auth.PlanLimits;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.key.ApiKey;
import dev.pocketagent.kit.key.KeyKind;

/**
 * The part of registry-service that the other services talk to, on a loopback port: key verification, the event feed, reading
 * tenants and plans, and reservations of quotas, with state (suspend and revoke really change the verdicts, limits hold) and
 * fault modes: being away, slow, and losing answers after the work. Its answers were checked against registry-service by the
 * end-to-end tests.
 */
public final class RegistryDouble implements AutoCloseable {

    private record StoredKey(KeyInfo info, boolean revoked) {}

    /** An answer. */
    record Reply(int status, JsonNode body) {}

    private static final Reply UNKNOWN = new Reply(404,
            new ObjectMapper().createObjectNode().put("code", "not_found").put("detail", "It is not known here."));
    private static final Reply AHEAD = new Reply(409, new ObjectMapper().createObjectNode().put("code", "cursor_ahead")
            .put("detail", "It never was there."));

    private final ObjectMapper json = new ObjectMapper().registerModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS);
    private final HttpServer server;
    private final ApiKey serviceKey = ApiKey.generate(KeyKind.SERVICE);
    private final Map<String, StoredKey> keys = new ConcurrentHashMap<>();
    private final Map<UUID, String> tenantStates = new ConcurrentHashMap<>();
    private final Map<UUID, PlanLimits> tenantPlans = new ConcurrentHashMap<>();
    private final Map<UUID, Map<String, Integer>> tenantOverrides = new ConcurrentHashMap<>();
    private final List<ObjectNode> events = new ArrayList<>();
    private final AtomicInteger verifications = new AtomicInteger();
    private final ReservationDouble reservations = new ReservationDouble(json, tenantStates::get, this::limits);
    private volatile boolean away;

    public RegistryDouble() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/api/v1/keys/verify", exchange -> handle(exchange, this::verify));
        server.createContext("/api/v1/events", exchange -> handle(exchange, this::feed));
        server.createContext("/api/v1/tenants", exchange -> handle(exchange, this::tenants));
        server.createContext("/api/v1/tenants/", exchange -> handle(exchange, this::tenant));
        server.createContext("/api/v1/reservations/", exchange -> handle(exchange, reservations::handle));
        server.createContext("/api/v1/plans/", exchange -> handle(exchange, this::plan));
        server.start();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** The key that the service under test shows. */
    public String serviceKey() {
        return serviceKey.secret();
    }

    /** Generous limits, for tests that are not about limits. */
    public static PlanLimits roomyPlan() {
        return new PlanLimits("team", 1, 10, 16_000, 32_768, 102_400, 20, 50, 20, 600, 1_000_000, 100_000_000,
                List.of("*"), List.of("*"), true, 7);
    }

    /** A new tenant, active, known by its id only. */
    public UUID newTenant() {
        UUID tenant = UUID.randomUUID();
        tenantStates.put(tenant, "active");
        return tenant;
    }

    /** Moves a tenant to a plan, which is known from now on; {@code overrides} are limits of its own, by name. */
    public void plan(UUID tenant, PlanLimits plan, Map<String, Integer> overrides) {
        tenantPlans.put(tenant, plan);
        tenantOverrides.put(tenant, Map.copyOf(overrides));
    }

    /** A key with this role; {@code tenant} for tenant roles, null for others. Returns the secret. */
    public String issue(String role, @Nullable UUID tenant) {
        return issue(role, tenant, tenant == null ? null : roomyPlan());
    }

    /** As {@link #issue(String, UUID)}, and moves the tenant to this plan. */
    public String issue(String role, @Nullable UUID tenant, @Nullable PlanLimits plan) {
        if (tenant != null && plan != null) {
            plan(tenant, plan, Map.of());
        }
        return issue(role, tenant, plan, Set.of());
    }

    /** As {@link #issue(String, UUID)} with these scopes. */
    public String issue(String role, @Nullable UUID tenant, Set<String> scopes) {
        return issue(role, tenant, tenant == null ? null : roomyPlan(), scopes);
    }

    private String issue(String role, @Nullable UUID tenant, @Nullable PlanLimits plan, Set<String> scopes) {
        KeyKind kind = switch (role) {
            case Roles.AGENT -> KeyKind.AGENT;
            case Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER -> KeyKind.TENANT;
            case Roles.SERVICE -> KeyKind.SERVICE;
            default -> KeyKind.OPERATOR;
        };
        ApiKey key = ApiKey.generate(kind);
        KeyInfo info = new KeyInfo(UUID.randomUUID(), kind, role, scopes, tenant,
                tenant == null ? null : "tenant-" + tenant.toString().substring(0, 8),
                tenant == null ? null : tenantStates.getOrDefault(tenant, "active"), plan, null);
        keys.put(key.sha256Hex(), new StoredKey(info, false));
        return key.secret();
    }

    /** The id of an issued key. */
    public UUID keyId(String secret) {
        return stored(secret).info().keyId();
    }

    /** Revokes a key and tells so in the feed. */
    public void revoke(String secret) {
        StoredKey stored = stored(secret);
        keys.put(ApiKey.parse(secret).orElseThrow().sha256Hex(), new StoredKey(stored.info(), true));
        publish("key.revoked", stored.info().tenantId(), Map.of("keyId", stored.info().keyId().toString()));
    }

    /** Suspends a tenant and tells so in the feed. */
    public void suspend(UUID tenant) {
        tenantStates.put(tenant, "suspended");
        publish("tenant.suspended", tenant, Map.of("reason", "test"));
    }

    /** Resumes a tenant and tells so in the feed. */
    public void resume(UUID tenant) {
        tenantStates.put(tenant, "active");
        publish("tenant.resumed", tenant, Map.of("reason", "test"));
    }

    /** Where the feed ends. */
    public int end() {
        synchronized (events) {
            return events.size();
        }
    }

    /**
     * Goes back to an earlier state, as a real one does that is restored from an older dump: what came behind that end of
     * the feed never was, and nobody is told.
     *
     * @param states of tenants, as they were then
     */
    public void restore(int end, Map<UUID, String> states) {
        synchronized (events) {
            events.subList(end, events.size()).clear();
            tenantStates.putAll(states);
            events.notifyAll();
        }
    }

    /** How many keys it was asked about. */
    public int verifications() {
        return verifications.get();
    }

    /** While away, every connection is dropped without an answer. */
    public void away(boolean isAway) {
        this.away = isAway;
        synchronized (events) {
            events.notifyAll();
        }
    }

    /** The reservations of quotas, to look at and to meddle with. */
    public ReservationDouble reservations() {
        return reservations;
    }

    /** Adds an event to the feed. */
    public void publish(String type, @Nullable UUID tenant, Map<String, String> data) {
        synchronized (events) {
            ObjectNode event = json.createObjectNode().put("seq", events.size() + 1)
                    .put("id", UUID.randomUUID().toString()).put("type", type).put("at", Instant.now().toString());
            if (tenant != null) {
                event.put("tenantId", tenant.toString());
            }
            event.set("data", json.valueToTree(data));
            events.add(event);
            events.notifyAll();
        }
    }

    @Override
    public void close() {
        away(true);
        server.stop(0);
    }

    private StoredKey stored(String secret) {
        StoredKey stored = keys.get(ApiKey.parse(secret).orElseThrow().sha256Hex());
        if (stored == null) {
            throw new IllegalArgumentException("Not issued here");
        }
        return stored;
    }

    private interface Handler {
        @Nullable
        Reply answer(HttpExchange exchange) throws IOException, InterruptedException;
    }

    private void handle(HttpExchange exchange, Handler handler) throws IOException {
        try (exchange) {
            if (away) {
                return;
            }
            Reply reply = isService(exchange)
                    ? handler.answer(exchange)
                    : new Reply(401, json.createObjectNode().put("code", "unauthenticated"));
            if (reply == null || away) {
                return;
            }
            byte[] body = json.writeValueAsBytes(reply.body());
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(reply.status(), body.length);
            exchange.getResponseBody().write(body);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isService(HttpExchange exchange) {
        return ("Bearer " + serviceKey.secret()).equals(exchange.getRequestHeaders().getFirst("Authorization"));
    }

    private Reply verify(HttpExchange exchange) throws IOException {
        verifications.incrementAndGet();
        String digest = json.readTree(exchange.getRequestBody()).path("sha256").asText();
        ObjectNode answer = json.createObjectNode();
        StoredKey stored = keys.get(digest);
        if (stored == null) {
            return ok(answer.put("code", "unknown"));
        }
        if (stored.revoked()) {
            return ok(answer.put("code", "revoked"));
        }
        UUID tenant = stored.info().tenantId();
        if (tenant != null && "suspended".equals(tenantStates.get(tenant))) {
            return ok(answer.put("code", "tenant_suspended"));
        }
        answer.put("code", "valid");
        answer.set("key", json.valueToTree(stored.info()));
        return ok(answer);
    }

    private static Reply ok(JsonNode body) {
        return new Reply(200, body);
    }

    /** A tenant, or its reservations. */
    private @Nullable Reply tenant(HttpExchange exchange) throws IOException, InterruptedException {
        String[] path = exchange.getRequestURI().getPath().split("/");
        UUID tenant = UUID.fromString(path[4]);
        if (path.length > 5) {
            return reservations.handle(tenant, exchange, query(exchange));
        }
        String state = tenantStates.get(tenant);
        return state == null ? UNKNOWN : ok(view(tenant, state));
    }

    /** What a tenant may have, by resource. */
    private Map<String, Integer> limits(UUID tenant) {
        PlanLimits plan = tenantPlans.getOrDefault(tenant, roomyPlan());
        Map<String, Integer> limits = new HashMap<>(Map.of("stacks", plan.stacks(), "cpuMillis", plan.cpuMillis(),
                "memoryMib", plan.memoryMib(), "diskMib", plan.diskMib(), "volumes", plan.volumes(), "keys",
                plan.keys(), "sources", plan.sources()));
        limits.putAll(tenantOverrides.getOrDefault(tenant, Map.of()));
        return limits;
    }

    /** All of them in one page. */
    private Reply tenants(HttpExchange exchange) {
        ObjectNode page = json.createObjectNode();
        ArrayNode items = page.putArray("items");
        tenantStates.forEach((tenant, state) -> items.add(view(tenant, state)));
        return ok(page);
    }

    private ObjectNode view(UUID tenant, String state) {
        PlanLimits plan = tenantPlans.getOrDefault(tenant, roomyPlan());
        ObjectNode view = json.createObjectNode().put("id", tenant.toString())
                .put("slug", "tenant-" + tenant.toString().substring(0, 8)).put("state", state)
                .put("plan", plan.plan()).put("planVersion", plan.version())
                .put("createdAt", "2026-01-01T00:00:00Z");
        Map<String, Integer> own = tenantOverrides.getOrDefault(tenant, Map.of());
        if (!own.isEmpty()) {
            view.set("overrides", json.valueToTree(own));
        }
        return view;
    }

    private Reply plan(HttpExchange exchange) {
        String path = exchange.getRequestURI().getPath();
        return Stream.concat(Stream.of(roomyPlan()), tenantPlans.values().stream())
                .filter(plan -> List.of("/api/v1/plans/" + plan.plan(),
                        "/api/v1/plans/" + plan.plan() + "/versions/" + plan.version()).contains(path))
                .findFirst().map(limits -> {
                    ObjectNode plan = json.createObjectNode().put("name", limits.plan()).put("version",
                            limits.version());
                    plan.set("limits", json.valueToTree(limits));
                    return ok(plan);
                }).orElse(UNKNOWN);
    }

    private static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> query = new HashMap<>();
        String raw = exchange.getRequestURI().getQuery();
        for (String pair : (raw == null ? "" : raw).split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                query.put(pair.substring(0, equals), pair.substring(equals + 1));
            }
        }
        return query;
    }

    private @Nullable Reply feed(HttpExchange exchange) throws InterruptedException {
        Map<String, String> query = query(exchange);
        String after = query.getOrDefault("after", "0");
        long waitMillis = Long.parseLong(query.getOrDefault("wait", "0s").replace("s", "")) * 1000;
        long end = System.nanoTime() + waitMillis * 1_000_000;
        synchronized (events) {
            if (after.equals("latest")) {
                return ok(page(List.of(), events.size()));
            }
            int from = Integer.parseInt(after);
            String seen = query.get("seen");
            while (events.size() <= from && !away && has(from, seen)) {
                long left = (end - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    break;
                }
                events.wait(left);
            }
            if (!away && !has(from, seen)) {
                return AHEAD;
            }
            return away ? null : ok(page(events.subList(from, events.size()), events.size()));
        }
    }

    private boolean has(int place, @Nullable String seen) {
        return place <= events.size()
                && (seen == null || place > 0 && seen.equals(events.get(place - 1).path("id").asText()));
    }

    private JsonNode page(List<ObjectNode> items, long next) {
        ObjectNode page = json.createObjectNode();
        ArrayNode array = page.putArray("items");
        items.forEach(item -> array.add(item.deepCopy()));
        return page.put("next", next);
    }
}
