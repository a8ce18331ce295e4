package dev.pocketagent.testkit;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;

/**
 * The registry's reservations with their rules: limits over all that is used and held, replacement, expiry, idempotency keys,
 * and the codes of its refusals. Written after registry-service's {@code Reservations}, {@code Quotas} and their tests; the end-to-end
 * tests run the same callers against the real one.
 */
public final class ReservationDouble {

    private static final List<String> RESOURCES = List.of("stacks", "cpuMillis", "memoryMib", "diskMib", "volumes",
            "keys",
            "sources");
    private static final Set<String> STATES = Set.of("open", "confirmed", "released", "expired", "replaced");

    private static final class Reservation {
        final UUID id = UUID.randomUUID();
        final UUID tenant;
        final String holder;
        final Map<String, Integer> amounts;
        final @Nullable Reservation replaces;
        final Instant createdAt = Instant.now();
        String state = "open";
        Instant expiresAt;
        @Nullable
        Instant confirmedAt;

        Reservation(UUID tenant, String holder, Map<String, Integer> amounts, @Nullable Reservation replaces,
                Duration ttl) {
            this.tenant = tenant;
            this.holder = holder;
            this.amounts = amounts;
            this.replaces = replaces;
            this.expiresAt = createdAt.plus(ttl);
        }
    }

    private record Kept(String request, RegistryDouble.Reply reply) {}

    private final ObjectMapper json;
    private final Function<UUID, @Nullable String> states;
    private final Function<UUID, Map<String, Integer>> limits;
    private final Map<UUID, Reservation> all = new LinkedHashMap<>();
    private final Map<String, Kept> answers = new HashMap<>();
    private final AtomicInteger answersToLose = new AtomicInteger();
    private volatile Duration slowness = Duration.ZERO;

    /** @param states of tenants; null for those that nobody knows */
    ReservationDouble(ObjectMapper json, Function<UUID, @Nullable String> states,
            Function<UUID, Map<String, Integer>> limits) {
        this.json = json;
        this.states = states;
        this.limits = limits;
    }

    /** A call about a tenant's reservations. */
    RegistryDouble.@Nullable Reply handle(UUID tenant, HttpExchange exchange, Map<String, String> query)
            throws IOException, InterruptedException {
        if (exchange.getRequestMethod().equals("GET")) {
            return withFaults(() -> list(tenant, query.get("state"), query.get("holder")));
        }
        JsonNode wanted = json.readTree(exchange.getRequestBody());
        String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
        return withFaults(() -> reserve(tenant, wanted, key));
    }

    /** A call about one reservation. */
    RegistryDouble.@Nullable Reply handle(HttpExchange exchange) throws InterruptedException {
        String[] path = exchange.getRequestURI().getPath().split("/");
        UUID id = UUID.fromString(path[4]);
        return withFaults(() -> path.length == 5 ? find(id) : path[5].equals("confirm") ? confirmed(id) : released(id));
    }

    private RegistryDouble.@Nullable Reply withFaults(Supplier<RegistryDouble.Reply> work)
            throws InterruptedException {
        Thread.sleep(slowness);
        RegistryDouble.Reply reply = work.get();
        return answersToLose.getAndUpdate(left -> Math.max(0, left - 1)) > 0 ? null : reply;
    }

    /** How long each call takes from now on. */
    public void slow(Duration each) {
        slowness = each;
    }

    /** So many of the next calls do their work and get no answer. */
    public void loseAnswers(int number) {
        answersToLose.set(number);
    }

    /** Reserves part of a quota, as somebody else than the service under test; empty when it is refused. */
    public Optional<UUID> reserve(UUID tenant, String holder, Map<String, Integer> amounts) {
        ObjectNode wanted = json.createObjectNode().put("holder", holder);
        wanted.set("amounts", json.valueToTree(amounts));
        RegistryDouble.Reply reply = reserve(tenant, wanted, null);
        return reply.status() == 201
                ? Optional.of(UUID.fromString(reply.body().path("id").asText()))
                : Optional.empty();
    }

    /** Confirms a reservation, as somebody else did at that time. */
    public synchronized void confirm(UUID id, Instant at) {
        if (confirmed(id).status() == 200) {
            Objects.requireNonNull(all.get(id)).confirmedAt = at;
        }
    }

    /** Releases a reservation, as an operator does by hand. */
    public void release(UUID id) {
        released(id);
    }

    private synchronized RegistryDouble.Reply reserve(UUID tenant, JsonNode wanted, @Nullable String key) {
        Kept kept = key == null ? null : answers.get(key);
        String request = tenant + " " + wanted;
        if (kept != null) {
            return kept.request().equals(request)
                    ? kept.reply()
                    : refuse(422, "idempotency_mismatch", "Use a new key for a new request.");
        }
        RegistryDouble.Reply reply = reserve(tenant, wanted);
        if (key != null && reply.status() / 100 == 2) {
            answers.put(key, new Kept(request, reply));
        }
        return reply;
    }

    private RegistryDouble.Reply reserve(UUID tenant, JsonNode wanted) {
        Map<String, Integer> amounts = new LinkedHashMap<>();
        for (String resource : RESOURCES) {
            amounts.put(resource, wanted.path("amounts").path(resource).asInt());
        }
        if (wanted.path("amounts").propertyStream().anyMatch(asked -> !RESOURCES.contains(asked.getKey()))
                || wanted.path("holder").asText().isBlank() || wanted.path("ttlSeconds").asInt(900) < 5
                || amounts.values().stream().allMatch(amount -> amount == 0)) {
            return refuse(400, "invalid_input", "This is no reservation", "/amounts", "must ask for something");
        }
        String state = states.apply(tenant);
        if (state == null) {
            return refuse(404, "not_found", "No tenant '" + tenant + "' is known here.");
        }
        if (!state.equals("active")) {
            return refuse(409, "tenant_inactive", "The tenant is " + state + " and gets nothing new.");
        }
        expire();
        Reservation replaces = null;
        if (wanted.hasNonNull("replaces")) {
            replaces = all.get(UUID.fromString(wanted.path("replaces").asText()));
            RegistryDouble.Reply refusal = replaceable(tenant, replaces);
            if (refusal != null) {
                return refusal;
            }
        }
        Reservation made = new Reservation(tenant, wanted.path("holder").asText(), amounts, replaces,
                Duration.ofSeconds(wanted.path("ttlSeconds").asInt(900)));
        RegistryDouble.Reply refusal = tooMuch(tenant, made);
        if (refusal != null) {
            return refusal;
        }
        all.put(made.id, made);
        return new RegistryDouble.Reply(201, view(made));
    }

    private RegistryDouble.@Nullable Reply replaceable(UUID tenant, @Nullable Reservation replaces) {
        if (replaces == null || !replaces.tenant.equals(tenant)) {
            return refuse(400, "invalid_input", "/replaces", "/replaces", "must be a reservation of this tenant");
        }
        if (replaces.state.equals("open")) {
            return refuse(400, "invalid_input", "/replaces", "/replaces", "must be confirmed");
        }
        if (!replaces.state.equals("confirmed")) {
            return refuse(409, "reservation_ended", "The reservation is " + replaces.state + ".");
        }
        return all.values().stream().anyMatch(other -> other.replaces == replaces && other.state.equals("open"))
                ? refuse(409, "replacement_open", "Another is about to replace it.")
                : null;
    }

    private RegistryDouble.@Nullable Reply tooMuch(UUID tenant, Reservation made) {
        if (RESOURCES.stream().allMatch(resource -> held(made, resource) == 0)) {
            return null;
        }
        Map<String, Integer> most = limits.apply(tenant);
        ArrayNode over = json.createArrayNode();
        ArrayNode lacking = json.createArrayNode();
        for (String resource : RESOURCES) {
            int limit = most.getOrDefault(resource, 0);
            int used = sum(tenant, "confirmed", resource);
            int reserved = sum(tenant, "open", resource);
            int asked = held(made, resource);
            String figures = "limit " + limit + ", used " + used + ", reserved " + reserved;
            if (used + reserved > limit) {
                over.addObject().put("pointer", "/amounts/" + resource).put("detail", "is over: " + figures);
            }
            if (asked > 0 && asked > limit - used - reserved) {
                lacking.addObject().put("pointer", "/amounts/" + resource).put("detail", "asks for " + asked
                        + ", available are " + Math.max(0, limit - used - reserved) + ": " + figures);
            }
        }
        if (!over.isEmpty()) {
            return refuse(409, "over_quota", "The tenant holds more than its plan allows.", over);
        }
        return lacking.isEmpty() ? null : refuse(409, "quota_exceeded", "Not enough is left.", lacking);
    }

    private synchronized RegistryDouble.Reply confirmed(UUID id) {
        expire();
        Reservation found = all.get(id);
        if (found == null) {
            return refuse(404, "not_found", "No reservation '" + id + "' is known here.");
        }
        if (found.state.equals("open")) {
            if (found.replaces != null) {
                found.replaces.state = "replaced";
            }
            found.state = "confirmed";
            found.confirmedAt = Instant.now();
        }
        return found.state.equals("confirmed")
                ? new RegistryDouble.Reply(200, view(found))
                : refuse(409, "reservation_ended", "The reservation is " + found.state + ". Reserve anew.");
    }

    private synchronized RegistryDouble.Reply released(UUID id) {
        expire();
        Reservation found = all.get(id);
        if (found == null) {
            return refuse(404, "not_found", "No reservation '" + id + "' is known here.");
        }
        if (found.state.equals("replaced")) {
            return refuse(409, "reservation_ended", "Another has taken its place. Release that one.");
        }
        if (found.state.equals("confirmed")) {
            all.values().stream().filter(other -> other.replaces == found && other.state.equals("open"))
                    .forEach(other -> other.state = "released");
        }
        if (!found.state.equals("expired")) {
            found.state = "released";
        }
        return new RegistryDouble.Reply(200, view(found));
    }

    private synchronized RegistryDouble.Reply find(UUID id) {
        expire();
        Reservation found = all.get(id);
        return found == null
                ? refuse(404, "not_found", "No reservation '" + id + "' is known here.")
                : new RegistryDouble.Reply(200, view(found));
    }

    /** All that match, in one page. */
    private synchronized RegistryDouble.Reply list(UUID tenant, @Nullable String state, @Nullable String holder) {
        if (states.apply(tenant) == null) {
            return refuse(404, "not_found", "No tenant '" + tenant + "' is known here.");
        }
        if (state != null && !STATES.contains(state)) {
            return refuse(400, "invalid_input", "?state", "?state", "must be one of " + STATES);
        }
        expire();
        ObjectNode page = json.createObjectNode();
        ArrayNode items = page.putArray("items");
        all.values().stream().filter(one -> one.tenant.equals(tenant))
                .filter(one -> state == null || one.state.equals(state))
                .filter(one -> holder == null || one.holder.equals(holder)).forEach(one -> items.add(view(one)));
        return new RegistryDouble.Reply(200, page);
    }

    /** What a tenant uses of its quota, by resource, without what it uses nothing of. */
    public Map<String, Integer> used(UUID tenant) {
        return sums(tenant, "confirmed");
    }

    /** What open reservations of a tenant hold, as {@link #used}. */
    public Map<String, Integer> reserved(UUID tenant) {
        return sums(tenant, "open");
    }

    private synchronized Map<String, Integer> sums(UUID tenant, String state) {
        expire();
        return RESOURCES.stream().filter(resource -> sum(tenant, state, resource) > 0)
                .collect(Collectors.toMap(Function.identity(), resource -> sum(tenant, state, resource)));
    }

    /** The reservations that a holder has in a state, oldest first. */
    public synchronized List<UUID> ids(String holder, String state) {
        expire();
        List<UUID> found = new ArrayList<>();
        all.values().stream().filter(one -> one.holder.equals(holder) && one.state.equals(state))
                .forEach(one -> found.add(one.id));
        return found;
    }

    /** The time of all that are open is over. */
    public synchronized void expireAll() {
        all.values().forEach(one -> one.expiresAt = Instant.EPOCH);
    }

    /** As a registry that was restored from a dump without any. */
    public synchronized void forget(UUID tenant) {
        all.values().removeIf(one -> one.tenant.equals(tenant));
    }

    private void expire() {
        all.values().stream().filter(one -> one.state.equals("open") && !one.expiresAt.isAfter(Instant.now()))
                .forEach(one -> one.state = "expired");
    }

    private int sum(UUID tenant, String state, String resource) {
        return all.values().stream().filter(one -> one.tenant.equals(tenant) && one.state.equals(state))
                .mapToInt(one -> state.equals("open") ? held(one, resource) : one.amounts.getOrDefault(resource, 0))
                .sum();
    }

    /** An open one holds only what it needs beyond the one that it replaces. */
    private static int held(Reservation one, String resource) {
        int before = one.replaces == null ? 0 : one.replaces.amounts.getOrDefault(resource, 0);
        return Math.max(0, one.amounts.getOrDefault(resource, 0) - before);
    }

    private ObjectNode view(Reservation one) {
        ObjectNode view = json.createObjectNode().put("id", one.id.toString()).put("tenantId", one.tenant.toString())
                .put("holder", one.holder).put("state", one.state);
        view.set("amounts", json.valueToTree(one.amounts));
        view.put("replaces", one.replaces == null ? null : one.replaces.id.toString());
        view.put("createdAt", one.createdAt.toString());
        view.put("expiresAt", one.state.equals("open") ? one.expiresAt.toString() : null);
        view.put("confirmedAt", one.confirmedAt == null ? null : one.confirmedAt.toString());
        return view;
    }

    private RegistryDouble.Reply refuse(int status, String code, String detail) {
        return refuse(status, code, detail, json.createArrayNode());
    }

    private RegistryDouble.Reply refuse(int status, String code, String detail, String pointer, String why) {
        ArrayNode errors = json.createArrayNode();
        errors.addObject().put("pointer", pointer).put("detail", why);
        return refuse(status, code, detail, errors);
    }

    private RegistryDouble.Reply refuse(int status, String code, String detail, ArrayNode errors) {
        ObjectNode problem = json.createObjectNode().put("code", code).put("detail", detail);
        problem.set("errors", errors);
        return new RegistryDouble.Reply(status, problem);
    }
}
