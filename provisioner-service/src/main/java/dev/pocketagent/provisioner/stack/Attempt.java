package dev.pocketagent.provisioner.stack;

import java.util.UUID;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.kit.quota.Amounts;
import dev.pocketagent.kit.quota.Reserved;
import dev.pocketagent.kit.registry.TenantAccount;

/**
 * What was found out and reserved for a wish before the transaction that stores it. What went wrong there is thrown where it is
 * needed in that transaction: a request that was answered before gets its answer again, whatever has become of the tenant's
 * plan and quota since. Close it behind the transaction.
 */
final class Attempt implements AutoCloseable {

    private final UUID fresh;
    private final @Nullable TenantAccount account;
    private final @Nullable Reserved reserved;
    private final @Nullable ProblemException problem;

    /**
     * @param fresh id of the stack if it is a new one
     * @param account null when it could not be found out; then {@code problem} says why
     * @param reserved null when nothing more seemed to be needed, or there is a {@code problem}
     */
    Attempt(UUID fresh, @Nullable TenantAccount account, @Nullable Reserved reserved,
            @Nullable ProblemException problem) {
        this.fresh = fresh;
        this.account = account;
        this.reserved = reserved;
        this.problem = problem;
    }

    UUID fresh() {
        return fresh;
    }

    TenantAccount account() {
        if (account == null) {
            throw cause();
        }
        return account;
    }

    /**
     * Writes down in the present transaction what a stack takes.
     *
     * @throws Reserved.OutdatedException when the stack was changed meanwhile, so that something else is needed
     */
    void keep(String holder, Amounts amounts) {
        if (reserved == null || !reserved.isFor(holder, amounts)) {
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
        return problem == null ? new Reserved.OutdatedException() : problem;
    }
}
