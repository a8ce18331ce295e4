package dev.pocketagent.kit.registry;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletionException;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.kit.KitConfig;
import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.KeyInfo;
import dev.pocketagent.kit.auth.PlanLimits;
import dev.pocketagent.kit.problem.ProblemException;

/** Looks tenants up: a tenant's own key brings all that is needed, for others the registry is asked. */
@ApplicationScoped
public class TenantAccounts {

    private static final Duration PAUSE = Duration.ofSeconds(2);

    private final RegistryClient registry;
    private final KitConfig config;
    private final ObjectMapper json;

    @Inject
    TenantAccounts(RegistryClient registry, KitConfig config, ObjectMapper json) {
        this.registry = registry;
        this.config = config;
        this.json = json;
    }

    /**
     * The account of the tenant that a request is about. May wait for the registry: call it outside of transactions.
     *
     * @throws ProblemException 404 for an unknown tenant, 503 when the registry is away
     */
    public TenantAccount of(Caller caller, UUID tenant) {
        KeyInfo key = caller.key();
        String slug = key.tenantSlug();
        PlanLimits plan = key.plan();
        if (tenant.equals(key.tenantId()) && slug != null && plan != null) {
            return new TenantAccount(tenant, slug, !"suspended".equals(key.tenantState()), plan);
        }
        JsonNode account = get("/api/v1/tenants/" + tenant, tenant);
        // The version that the tenant has, not the newest one.
        ObjectNode limits = get("/api/v1/plans/" + URLEncoder.encode(account.path("plan").asText(),
                StandardCharsets.UTF_8) + "/versions/" + account.path("planVersion").asInt(), tenant)
                .withObject("limits");
        if (account.path("overrides") instanceof ObjectNode own) {
            limits.setAll(own);
        }
        try {
            return new TenantAccount(tenant, account.path("slug").asText(),
                    account.path("state").asText().equals("active"), json.treeToValue(limits, PlanLimits.class));
        } catch (JsonProcessingException | RuntimeException e) {
            throw ProblemException.unavailable("The registry's answer about the tenant's plan cannot be read.", PAUSE);
        }
    }

    private JsonNode get(String path, UUID tenant) {
        try {
            return registry.get(path, config.registry().timeout()).toCompletableFuture().join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RegistryException answer && answer.status() == 404) {
                throw ProblemException.notFound("tenant", tenant);
            }
            throw ProblemException.unavailable("The registry, which knows the tenant's plan, is away.", PAUSE);
        }
    }
}
