package dev.pocketagent.provisioner.stack;

import java.util.List;
import java.util.UUID;

import dev.pocketagent.kit.auth.PlanLimits;

/**
 * What we need to know of a tenant.
 *
 * @param suspended whether it is not active: suspended, or being deleted
 * @param stacks most stacks; cpuMillis and memoryMib over all of them
 * @param templates names; {@code *} allows all
 */
record TenantAccount(UUID id, String slug, boolean suspended, String plan, int stacks, int cpuMillis, int memoryMib,
        List<String> templates) {

    static TenantAccount of(UUID id, String slug, boolean suspended, PlanLimits limits) {
        return new TenantAccount(id, slug, suspended, limits.plan(), limits.stacks(), limits.cpuMillis(),
                limits.memoryMib(), limits
                        .templates());
    }

    boolean mayUse(String template) {
        return templates.contains("*") || templates.contains(template);
    }
}
