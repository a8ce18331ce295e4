package dev.pocketagent.registry.quota;

import dev.pocketagent.kit.problem.ProblemType;

/** Why part of a quota is not given. */
enum QuotaProblem implements ProblemType {
    QUOTA_EXCEEDED(409, "The plan does not allow so much."), OVER_QUOTA(409,
            "The tenant holds more than its plan allows.");

    private final int status;
    private final String title;

    QuotaProblem(int status, String title) {
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
