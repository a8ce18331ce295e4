package dev.pocketagent.kit.registry;

import java.time.temporal.ChronoUnit;
import java.util.concurrent.CompletionStage;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.eclipse.microprofile.faulttolerance.CircuitBreaker;
import org.eclipse.microprofile.faulttolerance.Retry;

import com.fasterxml.jackson.databind.JsonNode;

import io.smallrye.faulttolerance.api.AsynchronousNonBlocking;

/**
 * The registry's short calls, hardened: one quick retry over a dropped connection, and a circuit breaker, so that while it
 * is away callers get their answer at once instead of a time-out each.
 */
@ApplicationScoped
class RegistryCalls {

    private final RegistryClient client;

    @Inject
    RegistryCalls(RegistryClient client) {
        this.client = client;
    }

    @AsynchronousNonBlocking
    @Retry(maxRetries = 1, delay = 50, retryOn = RegistryException.class)
    @CircuitBreaker(requestVolumeThreshold = 6, failureRatio = 0.5, delay = 1, delayUnit = ChronoUnit.SECONDS)
    CompletionStage<JsonNode> post(String path, JsonNode body) {
        return client.post(path, body);
    }
}
