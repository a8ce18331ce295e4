package dev.pocketagent.provisioner.stack;

import dev.pocketagent.kit.problem.ProblemType;

/** Errors that only this service answers. */
enum ProvisionerProblem implements ProblemType {
    TEMPLATE_NOT_ALLOWED(403, "The plan does not include this template."), POLICY_REFUSED(422,
            "The policy refuses this stack."), BACKEND_UNAVAILABLE(503,
                    "The place where stacks run does not answer.");

    private final int status;
    private final String title;

    ProvisionerProblem(int status, String title) {
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
