package dev.pocketagent.sync.source;

import java.net.URI;
import java.time.Clock;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.Response;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.kit.quota.Holds;
import dev.pocketagent.kit.registry.TenantAccount;
import dev.pocketagent.kit.registry.TenantAccounts;

/**
 * Creates a source: first what waits for a name server and the registry, without a connection or a lock, then the transaction
 * that makes it.
 */
@ApplicationScoped
class SourceCreation {

    private final SourceInput input;
    private final SourceTransaction transaction;
    private final TenantAccounts accounts;
    private final Holds holds;
    private final Caller caller;
    private final Clock clock;

    @Inject
    SourceCreation(SourceInput input, SourceTransaction transaction, TenantAccounts accounts, Holds holds,
            Caller caller, Clock clock) {
        this.input = input;
        this.transaction = transaction;
        this.accounts = accounts;
        this.holds = holds;
        this.caller = caller;
        this.clock = clock;
    }

    Response create(UUID tenantId, SourceRequest.Create request) {
        try (SourceAttempt attempt = begin(tenantId, request)) {
            return transaction.create(tenantId, request, attempt);
        }
    }

    private SourceAttempt begin(UUID tenantId, SourceRequest.Create request) {
        UUID fresh = Ids.next(clock);
        try {
            URI remote = input.check(request, tenantId);
            TenantAccount account = accounts.of(caller, tenantId);
            return SourceAttempt.of(fresh, remote, account,
                    holds.reserve(tenantId, SourceHolders.name(fresh), SourceHolders.AMOUNTS));
        } catch (ProblemException e) {
            return SourceAttempt.failed(fresh, e);
        }
    }
}
