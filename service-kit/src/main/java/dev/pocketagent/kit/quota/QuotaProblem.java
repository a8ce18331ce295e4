package dev.pocketagent.kit.quota;

import dev.pocketagent.kit.problem.ProblemType;

/** Why a tenant gets no more. */
public enum QuotaProblem implements ProblemType {
    /** Less is left than this needs. */
    QUOTA_EXCEEDED(409, "The plan's limits do not allow this."),
    /** The tenant holds more than its plan allows, of whatever resource, and gets nothing new until it fits. */
    OVER_QUOTA(409, "The tenant holds more than its plan allows.");

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
