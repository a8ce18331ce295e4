package dev.pocketagent.provisioner.stack;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.Response;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.kit.quota.Holds;
import dev.pocketagent.kit.quota.Reserved;
import dev.pocketagent.kit.registry.TenantAccount;
import dev.pocketagent.kit.registry.TenantAccounts;
import dev.pocketagent.provisioner.stack.StackViews.Wanted;

/**
 * Applies a wish: first what waits for the registry, without a connection or a lock, then the transaction that stores it. The
 * stack may be changed in between; what is needed is compared there, and looked at once more when it differs.
 */
@ApplicationScoped
class Applying {

    private final Stacks stacks;
    private final StackTransaction transaction;
    private final TenantAccounts accounts;
    private final Holds holds;
    private final RowScope rows;
    private final Caller caller;
    private final Clock clock;

    @Inject
    Applying(Stacks stacks, StackTransaction transaction, TenantAccounts accounts, Holds holds, RowScope rows,
            Caller caller, Clock clock) {
        this.stacks = stacks;
        this.transaction = transaction;
        this.accounts = accounts;
        this.holds = holds;
        this.rows = rows;
        this.caller = caller;
        this.clock = clock;
    }

    Response apply(UUID tenant, Wanted wanted) {
        try {
            return once(tenant, wanted);
        } catch (Reserved.OutdatedException first) {
            try {
                return once(tenant, wanted);
            } catch (Reserved.OutdatedException second) {
                throw new ProblemException(CommonProblem.CONFLICT,
                        "Others change the stack at the same time. Look at it, then try again.", List.of());
            }
        }
    }

    private Response once(UUID tenant, Wanted wanted) {
        try (Attempt attempt = begin(tenant, wanted)) {
            return transaction.apply(tenant, wanted, attempt);
        }
    }

    private Attempt begin(UUID tenant, Wanted wanted) {
        UUID fresh = Ids.next(clock);
        TenantAccount account;
        try {
            account = accounts.of(caller, tenant);
        } catch (ProblemException e) {
            return new Attempt(fresh, null, null, e);
        }
        try {
            Optional<Stacks.Need> need = rows.inTenant(tenant, () -> stacks.need(account, wanted, fresh));
            Reserved reserved = need.map(n -> holds.reserve(tenant, n.holder(), n.amounts())).orElse(null);
            return new Attempt(fresh, account, reserved, null);
        } catch (ProblemException e) {
            return new Attempt(fresh, account, null, e);
        }
    }
}
