package dev.pocketagent.sync.webhook;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
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

import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.kit.secret.Secrets;
import dev.pocketagent.sync.SyncConfig;
import dev.pocketagent.sync.SyncProblem;
import dev.pocketagent.sync.job.Cause;
import dev.pocketagent.sync.job.Operations;
import dev.pocketagent.sync.job.SuspendedTenants;
import dev.pocketagent.sync.job.SyncMetrics;
import dev.pocketagent.sync.source.Forge;
import dev.pocketagent.sync.source.Source;
import io.smallrye.common.annotation.Blocking;

/**
 * Takes webhooks. Open to everybody: the signature over the raw body is the authentication, and until it is found good nothing is parsed
 * and at most 128 KiB are kept in memory. A genuine push only asks for a look at the source.
 */
@Path("/v1/hooks")
public class WebhookResource {

    /** GitHub sends nothing larger. */
    static final long MOST_BYTES = 25L * 1024 * 1024;

    private final Session database;
    private final RowScope rows;
    private final Secrets secrets;
    private final Operations operations;
    private final SuspendedTenants suspended;
    private final SyncMetrics metrics;
    private final Clock clock;
    private final RateGate gate;

    @Inject
    WebhookResource(Session database, RowScope rows, Secrets secrets, Operations operations,
            SuspendedTenants suspended,
            SyncMetrics metrics, Clock clock, SyncConfig config) {
        this.database = database;
        this.rows = rows;
        this.secrets = secrets;
        this.operations = operations;
        this.suspended = suspended;
        this.metrics = metrics;
        this.clock = clock;
        this.gate = new RateGate(config.limits().webhooksPerMinute(), System::nanoTime);
    }

    private record Hook(UUID tenantId, Forge forge, String secret, @Nullable String ref) {}

    /** What became of a genuine delivery. */
    public record Receipt(String result, @Nullable UUID id) {}

    @POST
    @Path("/{sourceId}")
    @Consumes(MediaType.WILDCARD)
    @PermitAll
    @Blocking
    public Response receive(@PathParam("sourceId") UUID sourceId, InputStream body, @Context HttpHeaders headers)
            throws IOException {
        UnaryOperator<@Nullable String> header = name -> name == null ? null : headers.getHeaderString(name);
        Hook hook = rows.inAllTenants(() -> find(sourceId)).orElseThrow(() -> {
            metrics.webhook("unknown");
            return ProblemException.notFound("webhook", sourceId);
        });
        if (!gate.admits(sourceId)) {
            metrics.webhook("limited");
            throw new ProblemException(CommonProblem.RATE_LIMITED, "This webhook gets too many deliveries.", List.of(),
                    Duration.ofSeconds(5));
        }
        if (headers.getLength() > MOST_BYTES) {
            throw tooLarge();
        }
        Signature signature = Signature.begin(hook.forge(), hook.secret(), header, clock.instant());
        try (Spool spool = new Spool()) {
            byte[] piece = new byte[16 * 1024];
            long bytes = 0;
            for (int count = body.read(piece); count >= 0; count = body.read(piece)) {
                bytes += count;
                if (bytes > MOST_BYTES) {
                    throw tooLarge();
                }
                signature.update(piece, 0, count);
                spool.write(piece, 0, count);
            }
            if (!signature.matches()) {
                metrics.webhook("unsigned");
                throw new ProblemException(SyncProblem.BAD_SIGNATURE,
                        "Use the secret of this source as a '" + hook.forge().code()
                                + "' webhook secret, and the raw body.");
            }
            Forge.Kind kind = hook.forge().kind(header);
            if (kind == Forge.Kind.PING) {
                metrics.webhook("ping");
                return Response.ok(new Receipt("pong", null)).type(MediaType.APPLICATION_JSON_TYPE).build();
            }
            if (kind == Forge.Kind.OTHER || !hint(spool, headers).concerns(hook.ref())) {
                metrics.webhook("ignored");
                return Response.noContent().build();
            }
        }
        return accept(sourceId, hook, hook.forge().deliveryId(header));
    }

    private static PushHint hint(Spool spool, HttpHeaders headers) throws IOException {
        MediaType type = headers.getMediaType();
        try (InputStream genuine = spool.read()) {
            return PushHint.read(genuine, type != null && type.isCompatible(MediaType.APPLICATION_FORM_URLENCODED_TYPE)
                    && !type.isWildcardType());
        }
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

    private Optional<Hook> find(UUID sourceId) {
        Source source = database.find(Source.class, sourceId);
        return source == null
                ? Optional.empty()
                : Optional.of(new Hook(source.tenantId, Forge.of(source.forge).orElseThrow(), new String(
                        secrets.open(source.tenantId, source.webhookSecretField(), source.webhookSecret),
                        StandardCharsets.UTF_8), source.ref));
    }

    private ProblemException tooLarge() {
        metrics.webhook("too-large");
        return new ProblemException(CommonProblem.PAYLOAD_TOO_LARGE, "A webhook has at most 25 MiB.");
    }
}
