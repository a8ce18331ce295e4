package dev.pocketagent.registry.pocketbase;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/**
 * Says how the bridge stands, as far as this process knows, and is always up: the registry does its job also while
 * PocketBase is away.
 */
@Readiness
@ApplicationScoped
class BridgeCheck implements HealthCheck {

    private final Bridge bridge;
    private final BridgeMetrics metrics;

    @Inject
    BridgeCheck(Bridge bridge, BridgeMetrics metrics) {
        this.bridge = bridge;
        this.metrics = metrics;
    }

    @Override
    public HealthCheckResponse call() {
        Report.Failure failure = bridge.lastFailure();
        return HealthCheckResponse.named("pocketbase").up().withData("configured", bridge.isOn())
                .withData("lastSuccessAt", metrics.lastSuccess() == null ? "" : String.valueOf(metrics.lastSuccess()))
                .withData("lastError", failure == null ? "" : failure.code()).build();
    }
}
