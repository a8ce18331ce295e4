package dev.pocketagent.provisioner.stack;

import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.Idempotent;
import dev.pocketagent.provisioner.stack.StackViews.Accepted;
import dev.pocketagent.provisioner.stack.StackViews.Wanted;

/** The transaction that stores a wish. It begins behind all that waits for the registry. */
@ApplicationScoped
class StackTransaction {

    private final Stacks stacks;
    private final RowScope rows;
    private final Caller caller;

    @Inject
    StackTransaction(Stacks stacks, RowScope rows, Caller caller) {
        this.stacks = stacks;
        this.rows = rows;
        this.caller = caller;
    }

    /** Stores the wish, or answers again what was answered to the same request. */
    @Transactional
    @Idempotent
    Response apply(UUID tenant, Wanted wanted, Attempt attempt) {
        rows.tenant(tenant);
        return accepted(stacks.apply(attempt.account(), wanted, attempt, caller.keyId()));
    }

    static Response accepted(Accepted accepted) {
        // As text: a URI would be completed with the host's name as this process knows it, which a proxy's client may not.
        return Response.accepted(accepted).header(HttpHeaders.LOCATION, "/api/v1/operations/" + accepted.id()).build();
    }
}
