package dev.pocketagent.sync.webhook;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;

import jakarta.annotation.security.PermitAll;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.sync.SyncConfig;
import dev.pocketagent.sync.job.Cause;
import dev.pocketagent.sync.job.Operations;
import dev.pocketagent.sync.job.SuspendedTenants;
import dev.pocketagent.sync.job.SyncMetrics;
import dev.pocketagent.sync.source.Forge;
import dev.pocketagent.sync.webhook.HookRoute.Outcome;
import dev.pocketagent.sync.webhook.Hooks.Hook;
import io.smallrye.common.annotation.Blocking;
import io.vertx.ext.web.RoutingContext;

/**
 * Answers webhooks. Open to everybody: the signature over the raw body is the authentication, which {@link HookRoute} has checked before.
 * A genuine push only asks for a look at the source.
 */
@Path("/v1/hooks")
public class WebhookResource {

    private final Session database;
    private final RowScope rows;
    private final Operations operations;
    private final SuspendedTenants suspended;
    private final SyncMetrics metrics;
    private final Clock clock;
    private final RoutingContext exchange;
    private final RateGate<UUID> gate;

    @Inject
    WebhookResource(Session database, RowScope rows, Operations operations, SuspendedTenants suspended,
            SyncMetrics metrics, Clock clock, RoutingContext exchange, SyncConfig config) {
        this.database = database;
        this.rows = rows;
        this.operations = operations;
        this.suspended = suspended;
        this.metrics = metrics;
        this.clock = clock;
        this.exchange = exchange;
        this.gate = new RateGate<>(config.limits().webhooksPerMinute(), System::nanoTime);
    }

    /** What became of a genuine delivery. */
    public record Receipt(String result, @Nullable UUID id) {}

    @POST
    @Path("/{sourceId}")
    @Consumes(MediaType.WILDCARD)
    @RequestBody(required = true, content = @Content(mediaType = MediaType.WILDCARD, schema = @Schema(type = SchemaType.STRING, format = "binary")))
    @PermitAll
    @Blocking
    public Response receive(@PathParam("sourceId") UUID sourceId, @Context HttpHeaders headers) {
        return switch (HookRoute.outcome(exchange).orElseThrow(() -> ProblemException.notFound("webhook", sourceId))) {
            case Outcome.Refused(RuntimeException problem) -> throw problem;
            case Outcome.Genuine(Hook hook, PushHint hint) -> genuine(sourceId, hook, hint, headers);
        };
    }

    private Response genuine(UUID sourceId, Hook hook, PushHint hint, HttpHeaders headers) {
        if (!gate.admits(sourceId)) {
            metrics.webhook("limited");
            throw new ProblemException(CommonProblem.RATE_LIMITED, "This webhook gets too many deliveries.", List.of(),
                    Duration.ofSeconds(5));
        }
        UnaryOperator<@Nullable String> header = name -> name == null ? null : headers.getHeaderString(name);
        Forge.Kind kind = hook.forge().kind(header);
        if (kind == Forge.Kind.PING) {
            metrics.webhook("ping");
            return Response.ok(new Receipt("pong", null)).type(MediaType.APPLICATION_JSON_TYPE).build();
        }
        if (kind == Forge.Kind.OTHER || !hint.concerns(hook.ref())) {
            metrics.webhook("ignored");
            return Response.noContent().build();
        }
        return accept(sourceId, hook, hook.forge().deliveryId(header));
    }

    private Response accept(UUID sourceId, Hook hook, Optional<String> delivery) {
        Optional<UUID> operation = rows.inTenant(hook.tenantId(), () -> {
            if (suspended.holds(hook.tenantId())) {
                metrics.webhook("suspended");
                throw new ProblemException(CommonProblem.TENANT_SUSPENDED, "The operator has suspended this tenant.");
            }
            if (delivery.isPresent() && !remember(sourceId, hook.tenantId(), delivery.get())) {
                return Optional.<UUID>empty();
            }
            return Optional.of(operations.enqueue(hook.tenantId(), sourceId, Cause.WEBHOOK));
        });
        if (operation.isEmpty()) {
            metrics.webhook("duplicate");
            return Response.ok(new Receipt("received-before", null)).type(MediaType.APPLICATION_JSON_TYPE).build();
        }
        metrics.webhook("accepted");
        return Response.accepted(new Receipt("accepted", operation.get())).type(MediaType.APPLICATION_JSON_TYPE)
                .location(URI.create("/api/v1/operations/" + operation.get())).build();
    }

    private boolean remember(UUID sourceId, UUID tenantId, String delivery) {
        return database
                .createNativeMutationQuery(
                        "insert into webhook_delivery (source_id, delivery_id, tenant_id, received_at)"
                                + " values (:source, :delivery, :tenant, :now) on conflict do nothing")
                .setParameter("source", sourceId)
                .setParameter("delivery", delivery).setParameter("tenant", tenantId)
                .setParameter("now", clock.instant())
                .executeUpdate() == 1;
    }
}
