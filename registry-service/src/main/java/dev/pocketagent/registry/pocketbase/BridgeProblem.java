package dev.pocketagent.registry.pocketbase;

import dev.pocketagent.kit.problem.ProblemType;

/** What can be wrong with the bridge only. */
enum BridgeProblem implements ProblemType {
    POCKETBASE_OFF(409, "The PocketBase bridge is not configured."), SYNC_RUNNING(409,
            "A PocketBase run goes on already.");

    private final int status;
    private final String title;

    BridgeProblem(int status, String title) {
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
