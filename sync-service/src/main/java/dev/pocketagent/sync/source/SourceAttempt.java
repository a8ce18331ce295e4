package dev.pocketagent.sync.source;

import java.net.URI;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.kit.quota.Reserved;
import dev.pocketagent.kit.registry.TenantAccount;

/**
 * What was found out and reserved for a new source before the transaction that makes it. What went wrong there is thrown in that
 * transaction: a request that was answered before gets its answer again, whatever has become of remote, plan and quota since.
 * Close it behind the transaction.
 */
final class SourceAttempt implements AutoCloseable {

    private final UUID fresh;
    private final @Nullable URI remote;
    private final @Nullable TenantAccount account;
    private final @Nullable Reserved reserved;
    private final @Nullable ProblemException problem;

    private SourceAttempt(UUID fresh, @Nullable URI remote, @Nullable TenantAccount account,
            @Nullable Reserved reserved, @Nullable ProblemException problem) {
        this.fresh = fresh;
        this.remote = remote;
        this.account = account;
        this.reserved = reserved;
        this.problem = problem;
    }

    /** @param remote null for a local source */
    static SourceAttempt of(UUID fresh, @Nullable URI remote, TenantAccount account, Reserved reserved) {
        return new SourceAttempt(fresh, remote, account, reserved, null);
    }

    static SourceAttempt failed(UUID fresh, ProblemException problem) {
        return new SourceAttempt(fresh, null, null, null, problem);
    }

    /** Id of the new source. */
    UUID fresh() {
        return fresh;
    }

    @Nullable
    URI remote() {
        return remote;
    }

    TenantAccount account() {
        if (account == null) {
            throw cause();
        }
        return account;
    }

    /** Writes down in the present transaction what the source takes. */
    void keep() {
        if (reserved == null) {
            throw cause();
        }
        reserved.keep();
    }

    @Override
    public void close() {
        if (reserved != null) {
            reserved.close();
        }
    }

    private RuntimeException cause() {
        return problem == null ? new IllegalStateException("Neither reserved nor refused") : problem;
    }
}
