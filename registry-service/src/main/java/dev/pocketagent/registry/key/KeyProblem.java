package dev.pocketagent.registry.key;

import dev.pocketagent.kit.problem.ProblemType;

/** What can be wrong with keys only. */
enum KeyProblem implements ProblemType {
    KEY_LIMIT(409, "The plan allows no more keys."), TENANT_GONE(409, "The tenant is being deleted."), KEY_ENDED(409,
            "The key opens nothing any more."), KEY_REPLACED(409, "Another key took over already.");

    private final int status;
    private final String title;

    KeyProblem(int status, String title) {
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
