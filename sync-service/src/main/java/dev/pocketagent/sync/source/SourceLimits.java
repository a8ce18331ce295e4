package dev.pocketagent.sync.source;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletionException;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.KeyInfo;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.kit.registry.RegistryClient;
import dev.pocketagent.kit.registry.RegistryException;

/** How many sources a tenant may have: its own key brings that along, for others the registry is asked. */
@ApplicationScoped
class SourceLimits {

    private static final Duration TIMEOUT = Duration.ofSeconds(3);

    /** Most sources, and the plan that says so. */
    record Limit(String plan, int sources) {}

    private final RegistryClient registry;

    @Inject
    SourceLimits(RegistryClient registry) {
        this.registry = registry;
    }

    /** @throws ProblemException 404 for an unknown tenant, 503 when the registry is away */
    Limit of(Caller caller, UUID tenant) {
        KeyInfo key = caller.key();
        if (tenant.equals(key.tenantId()) && key.plan() != null) {
            return new Limit(key.plan().plan(), key.plan().sources());
        }
        JsonNode account = get("/api/v1/tenants/" + tenant, tenant);
        String plan = account.path("plan").asText();
        // A limit of the tenant's own stands in place of the plan's.
        JsonNode own = account.path("overrides").path("sources");
        if (own.isInt()) {
            return new Limit(plan, own.asInt());
        }
        // The version that the tenant has, not the newest one.
        JsonNode version = get("/api/v1/plans/" + URLEncoder.encode(plan, StandardCharsets.UTF_8) + "/versions/"
                + account.path("planVersion").asInt(), tenant);
        return new Limit(plan, version.path("limits").path("sources").asInt());
    }

    private JsonNode get(String path, UUID tenant) {
        try {
            return registry.get(path, TIMEOUT).toCompletableFuture().join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RegistryException answer && answer.status() == 404) {
                throw ProblemException.notFound("tenant", tenant);
            }
            throw ProblemException.unavailable("The registry, which knows the tenant's plan, is away.",
                    Duration.ofSeconds(2));
        }
    }
}
