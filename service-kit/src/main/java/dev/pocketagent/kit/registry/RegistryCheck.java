package dev.pocketagent.kit.registry;

import java.time.Clock;
import java.time.Instant;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

import dev.pocketagent.kit.KitConfig;

/**
 * Ready once the registry has answered, and for as long as remembered keys go on without it. The event feed talks to it all
 * the time, so its last answer is a heartbeat.
 */
@Readiness
@ApplicationScoped
class RegistryCheck implements HealthCheck {

    private final KitConfig config;
    private final RegistryClient client;
    private final Clock clock;

    @Inject
    RegistryCheck(KitConfig config, RegistryClient client, Clock clock) {
        this.config = config;
        this.client = client;
        this.clock = clock;
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder answer = HealthCheckResponse.named("registry");
        if (!config.events().enabled()) {
            return answer.up().build();
        }
        Instant last = client.lastContact();
        if (last == null) {
            return answer.down().withData("lastContact", "never").build();
        }
        return answer.status(last.plus(config.auth().staleMax()).isAfter(clock.instant()))
                .withData("lastContact", last.toString()).build();
    }
}
