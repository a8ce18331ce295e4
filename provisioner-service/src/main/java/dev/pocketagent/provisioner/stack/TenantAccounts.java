package dev.pocketagent.provisioner.stack;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionException;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.KeyInfo;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.kit.registry.RegistryClient;
import dev.pocketagent.kit.registry.RegistryException;

/** Looks tenants up: a tenant's own key brings all that is needed, for others the registry is asked. */
@ApplicationScoped
class TenantAccounts {

    private static final Duration TIMEOUT = Duration.ofSeconds(3);

    private final RegistryClient registry;

    @Inject
    TenantAccounts(RegistryClient registry) {
        this.registry = registry;
    }

    /** @throws ProblemException 404 for an unknown tenant, 503 when the registry is away */
    TenantAccount of(Caller caller, UUID tenant) {
        KeyInfo key = caller.key();
        if (tenant.equals(key.tenantId()) && key.tenantSlug() != null && key.plan() != null) {
            return TenantAccount.of(tenant, key.tenantSlug(), "suspended".equals(key.tenantState()), key.plan());
        }
        JsonNode account = get("/api/v1/tenants/" + tenant, tenant);
        // The version that the tenant has, not the newest one; and its own limits stand in place of the plan's.
        ObjectNode limits = get("/api/v1/plans/" + URLEncoder.encode(account.path("plan").asText(),
                StandardCharsets.UTF_8) + "/versions/" + account.path("planVersion").asInt(), tenant)
                .withObject("limits");
        if (account.path("overrides") instanceof ObjectNode own) {
            limits.setAll(own);
        }
        List<String> templates = new ArrayList<>();
        limits.path("templates").forEach(name -> templates.add(name.asText()));
        return new TenantAccount(tenant, account.path("slug").asText(),
                !account.path("state").asText().equals("active"), account.path(
                        "plan").asText(),
                limits.path("stacks").asInt(), limits.path("cpuMillis").asInt(), limits.path("memoryMib").asInt(),
                templates);
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
