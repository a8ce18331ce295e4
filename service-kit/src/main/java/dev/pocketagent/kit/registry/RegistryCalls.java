package dev.pocketagent.kit.registry;

import java.time.temporal.ChronoUnit;
import java.util.concurrent.CompletionStage;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.eclipse.microprofile.faulttolerance.CircuitBreaker;
import org.eclipse.microprofile.faulttolerance.Retry;
import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.kit.KitConfig;
import io.smallrye.faulttolerance.api.AsynchronousNonBlocking;

/**
 * The registry's short calls, hardened: one quick retry over a dropped connection, and a circuit breaker, so that while it
 * is away callers get their answer at once instead of a time-out each.
 */
@ApplicationScoped
public class RegistryCalls {

    private final RegistryClient client;
    private final KitConfig config;

    @Inject
    RegistryCalls(RegistryClient client, KitConfig config) {
        this.client = client;
        this.config = config;
    }

    @AsynchronousNonBlocking
    @Retry(maxRetries = 1, delay = 50, retryOn = RegistryException.class)
    @CircuitBreaker(requestVolumeThreshold = 6, failureRatio = 0.5, delay = 1, delayUnit = ChronoUnit.SECONDS)
    CompletionStage<JsonNode> post(String path, JsonNode body) {
        return client.post(path, body);
    }

    /**
     * GET below the registry's address.
     *
     * @return the JSON answer; completes with {@link RegistryRefusal} when it says no, with another
     *     {@link RegistryException} or that of the open circuit when it cannot be asked
     */
    @AsynchronousNonBlocking
    @Retry(maxRetries = 1, delay = 50, retryOn = RegistryException.class, abortOn = RegistryRefusal.class)
    @CircuitBreaker(requestVolumeThreshold = 6, failureRatio = 0.5, delay = 1, delayUnit = ChronoUnit.SECONDS, skipOn = RegistryRefusal.class)
    public CompletionStage<JsonNode> get(String path) {
        return client.get(path, config.registry().timeout());
    }

    /**
     * A POST that changes something and may be sent twice.
     *
     * @param idempotencyKey makes a call that is not repeatable by itself so; null for the others
     * @return as {@link #get}
     */
    @AsynchronousNonBlocking
    @Retry(maxRetries = 1, delay = 50, retryOn = RegistryException.class, abortOn = RegistryRefusal.class)
    @CircuitBreaker(requestVolumeThreshold = 6, failureRatio = 0.5, delay = 1, delayUnit = ChronoUnit.SECONDS, skipOn = RegistryRefusal.class)
    public CompletionStage<JsonNode> change(String path, JsonNode body, @Nullable String idempotencyKey) {
        return client.post(path, body, idempotencyKey);
    }
}
