package dev.pocketagent.registry.pocketbase;

import java.util.Map;
import java.util.UUID;

import dev.pocketagent.registry.tenant.TenantState;

/**
 * A tenant as the bridge sees it.
 *
 * @param plan its name, without the version
 * @param externalIds what it is called elsewhere, by name
 * @param version grows with every change
 */
record LocalTenant(UUID id, String slug, String name, String plan, TenantState state, Map<String, String> externalIds,
        long version) {

    LocalTenant {
        externalIds = Map.copyOf(externalIds);
    }

    Values values() {
        return new Values(name, plan, state.text());
    }

    /** The same with one part changed. */
    LocalTenant with(Part part, String value) {
        return switch (part) {
            case NAME -> new LocalTenant(id, slug, value, plan, state, externalIds, version);
            case PLAN -> new LocalTenant(id, slug, name, value, state, externalIds, version);
            case STATE -> new LocalTenant(id, slug, name, plan, TenantState.ofText(value).orElseThrow(), externalIds,
                    version);
        };
    }
}
