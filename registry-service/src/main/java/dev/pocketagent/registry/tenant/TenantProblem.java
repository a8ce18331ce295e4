package dev.pocketagent.registry.tenant;

import dev.pocketagent.kit.problem.ProblemType;

/** What can be wrong with tenants only. */
public enum TenantProblem implements ProblemType {
    SLUG_TAKEN(409, "Another tenant has this slug."), ILLEGAL_TRANSITION(409,
            "The tenant's state does not allow this step."), TENANT_INACTIVE(409, "The tenant is not active.");

    private final int status;
    private final String title;

    TenantProblem(int status, String title) {
        this.status = status;
        this.title = title;
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public String title() {
        return title;
    }
}
