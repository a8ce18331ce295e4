package dev.pocketagent.registry.webhook;

import dev.pocketagent.kit.problem.ProblemType;

/** What can be wrong with webhooks only. */
enum WebhookProblem implements ProblemType {
    WEBHOOK_LIMIT(409, "There are as many webhooks as allowed."), WEBHOOK_DISABLED(409,
            "The webhook is disabled."), TENANT_GONE(409, "The tenant is being deleted.");

    private final int status;
    private final String title;

    WebhookProblem(int status, String title) {
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
