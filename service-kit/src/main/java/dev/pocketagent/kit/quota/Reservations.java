package dev.pocketagent.kit.quota;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.kit.registry.RegistryCalls;
import dev.pocketagent.kit.registry.RegistryException;
import dev.pocketagent.kit.registry.RegistryRefusal;

/** The registry's reservations. Every call waits for it: none is for the inside of a transaction. */
@ApplicationScoped
class Reservations {

    /** As many as one page has; nothing holds more than a few at a time. */
    private static final int MOST = 200;

    /** The registry did not answer, or not sensibly: whether it did what was asked is not known. */
    static final class AwayException extends Exception {
        AwayException(String message) {
            super(message);
        }
    }

    /** A reservation that the registry lists. */
    record Listed(UUID id, Instant confirmedAt) {}

    private final RegistryCalls registry;

    @Inject
    Reservations(RegistryCalls registry) {
        this.registry = registry;
    }

    /**
     * Reserves part of a tenant's quota.
     *
     * @param ttl until it ends when nobody confirms it; at least 5 s
     * @param replaces a confirmed reservation that it shall take over from
     * @param key an idempotency key: the same one gives the first answer again
     * @return its id
     * @throws RegistryRefusal when the tenant gets no more, or the other one is not there to be replaced
     */
    UUID reserve(UUID tenantId, String holder, Amounts amounts, Duration ttl, @Nullable UUID replaces, String key)
            throws AwayException, RegistryRefusal {
        ObjectNode wanted = JsonNodeFactory.instance.objectNode().put("holder", holder)
                .put("ttlSeconds", ttl.toSeconds());
        wanted.set("amounts", amounts.json());
        if (replaces != null) {
            wanted.put("replaces", replaces.toString());
        }
        return id(answer(registry.change("/api/v1/tenants/" + tenantId + "/reservations", wanted, key)));
    }

    /** Makes a reservation count for good; answers what it counts then, or nothing when it has ended. */
    Optional<Hold.Confirmed> confirm(UUID id) throws AwayException {
        try {
            JsonNode found = answer(registry.change("/api/v1/reservations/" + id + "/confirm",
                    JsonNodeFactory.instance.objectNode(), null));
            return Optional.of(new Hold.Confirmed(id, Amounts.of(found.path("amounts"))));
        } catch (RegistryRefusal e) {
            if (over(e)) {
                return Optional.empty();
            }
            throw new AwayException(e.getMessage() + "");
        }
    }

    /** Gives a reservation back. One that has ended, or that nobody knows, is given back already. */
    void release(UUID id) throws AwayException {
        try {
            answer(registry.change("/api/v1/reservations/" + id + "/release", JsonNodeFactory.instance.objectNode(),
                    null));
        } catch (RegistryRefusal e) {
            if (!over(e)) {
                throw new AwayException(e.getMessage() + "");
            }
        }
    }

    /**
     * What the registry has under a holder's name; nothing for a tenant that it does not know.
     *
     * @param state {@code open} or {@code confirmed}
     */
    List<Listed> of(UUID tenantId, String holder, String state) throws AwayException {
        try {
            JsonNode page = answer(registry.get("/api/v1/tenants/" + tenantId + "/reservations?limit=" + MOST
                    + "&state=" + state + "&holder=" + holder));
            List<Listed> found = new ArrayList<>();
            for (JsonNode item : page.path("items")) {
                found.add(new Listed(id(item), Instant.parse(item.path("confirmedAt").isTextual()
                        ? item.path("confirmedAt").asText()
                        : item.path("createdAt").asText())));
            }
            return found;
        } catch (RegistryRefusal e) {
            if (e.status() == 404) {
                return List.of();
            }
            throw new AwayException(e.getMessage() + "");
        }
    }

    private static boolean over(RegistryRefusal refusal) {
        return refusal.status() == 404 || refusal.code().equals("reservation_ended");
    }

    private static UUID id(JsonNode reservation) throws AwayException {
        try {
            return UUID.fromString(reservation.path("id").asText());
        } catch (IllegalArgumentException e) {
            throw new AwayException("The registry's answer is no reservation");
        }
    }

    private static JsonNode answer(CompletionStage<JsonNode> call) throws AwayException, RegistryRefusal {
        try {
            return call.toCompletableFuture().join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof RegistryRefusal refusal) {
                throw refusal;
            }
            throw new AwayException(cause instanceof RegistryException away
                    ? away.getMessage() + ""
                    : "The registry is not asked for a moment, it did not answer: " + cause);
        }
    }
}
