package dev.pocketagent.sync;

import dev.pocketagent.kit.problem.ProblemType;

/** The errors that only sync-service answers. */
public enum SyncProblem implements ProblemType {
    /** The source has never been synchronised successfully, so there is nothing to read yet. */
    NOT_SYNCED_YET(409, "The source has no revision yet."),
    /** The context is larger than one answer may be; read its files one by one. */
    CONTEXT_TOO_LARGE(422, "The context is too large for one answer."),
    /** The signature of a webhook is missing or wrong. */
    BAD_SIGNATURE(401, "The delivery is not signed with the secret of this source.");

    private final int status;
    private final String title;

    SyncProblem(int status, String title) {
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
