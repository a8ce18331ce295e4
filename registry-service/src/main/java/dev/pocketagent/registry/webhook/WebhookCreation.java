package dev.pocketagent.registry.webhook;

import java.net.URI;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.ws.rs.core.Response;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.ETags;
import dev.pocketagent.kit.http.Idempotent;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.audit.Actor;
import dev.pocketagent.registry.tenant.Tenants;

/**
 * The transaction that makes a webhook. It begins behind what a request waits for without a connection: the name server, and
 * the turn at numbering the feed, which takes a connection of its own. Inside it, a handful of such requests could each hold
 * one connection of the pool and wait for another.
 */
@ApplicationScoped
class WebhookCreation {

    private final Webhooks webhooks;
    private final Tenants tenants;
    private final RowScope rows;
    private final Caller caller;

    @Inject
    WebhookCreation(Webhooks webhooks, Tenants tenants, RowScope rows, Caller caller) {
        this.webhooks = webhooks;
        this.tenants = tenants;
        this.rows = rows;
        this.caller = caller;
    }

    /**
     * Makes the webhook, or answers again what was answered to the same request.
     *
     * @param refused why its address may not be used; thrown only when there is no earlier answer
     * @param end where the feed ends now
     */
    @Transactional
    @Idempotent
    Response create(NewWebhook wanted, String[] filter, @Nullable ProblemException refused, long end) {
        if (refused != null) {
            throw refused;
        }
        rows.of(caller);
        UUID asked = wanted.tenant() == null
                ? null
                : WebhookResource.tenant(tenants, caller, wanted.tenant(), "/tenant");
        UUID owner = caller.tenantId();
        IssuedWebhook made = webhooks.create(owner, owner == null ? asked : null, wanted, filter, end,
                Actor.of(caller));
        return Response.created(URI.create("/api/v1/webhooks/" + made.id())).header("ETag", ETags.of(made.version()))
                .entity(made).build();
    }
}
