package dev.pocketagent.sync.job;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;

import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.problem.ProblemException;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.MultiEmitter;

/** How operations go: read once, or followed while they run. */
@Path("/api/v1/operations")
@RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER})
@Tag(name = "operations")
public class OperationResource {

    /** How often a stream looks for changes: two reads by key. */
    private static final Duration LOOK = Duration.ofMillis(150);
    /** A stream without news says so this often, so that no proxy takes it for dead. */
    private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(10);

    private final Session database;
    private final RowScope rows;
    private final Caller caller;

    @Inject
    OperationResource(Session database, RowScope rows, Caller caller) {
        this.database = database;
        this.rows = rows;
        this.caller = caller;
    }

    /**
     * An operation as the API shows it.
     *
     * @param cause why the source was looked at
     * @param changed whether a new revision went live
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record View(UUID id, String kind, String cause, UUID sourceId, UUID tenantId, String state, boolean changed,
            List<StepView> steps, @Nullable ErrorView error, Instant createdAt, @Nullable Instant startedAt,
            @Nullable Instant endedAt) {

        boolean isOver() {
            return endedAt != null;
        }
    }

    /** One step. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record StepView(String name, String state, Instant startedAt, @Nullable Instant endedAt, String message) {}

    /** Why it failed. */
    public record ErrorView(String code, String detail) {}

    @GET
    @Path("/{id}")
    @Transactional
    @org.eclipse.microprofile.openapi.annotations.Operation(operationId = "getOperation", summary = "Read an operation")
    public View get(@PathParam("id") UUID id, @Context UriInfo uri) {
        QueryParams.allow(uri);
        rows.of(caller);
        return find(id).orElseThrow(() -> ProblemException.notFound("operation", id));
    }

    /** Steps as they change ({@code event: step}), then the whole operation ({@code event: end}). Starts with all steps so far. */
    @GET
    @Path("/{id}/events")
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @Blocking
    @org.eclipse.microprofile.openapi.annotations.Operation(operationId = "followOperation", summary = "Follow an operation live")
    public Multi<OutboundSseEvent> events(@PathParam("id") UUID id, @Context UriInfo uri, @Context Sse sse) {
        QueryParams.allow(uri);
        UUID tenant = rows.inAllTenants(() -> {
            rows.of(caller);
            return find(id).orElseThrow(() -> ProblemException.notFound("operation", id)).tenantId();
        });
        return Multi.createFrom().emitter(emitter -> follow(id, tenant, sse, emitter));
    }

    private Optional<View> find(UUID id) {
        Operation operation = database.find(Operation.class, id);
        if (operation == null) {
            return Optional.empty();
        }
        List<StepView> steps = database.createQuery("from Step where operationId = :id order by position", Step.class)
                .setParameter("id", id).getResultStream()
                .map(step -> new StepView(step.name, step.state, step.startedAt, step.endedAt, step.message)).toList();
        String code = operation.errorCode;
        return Optional.of(new View(operation.id, operation.kind, operation.cause, operation.sourceId,
                operation.tenantId, operation.state, operation.changed, steps,
                code == null ? null : new ErrorView(code, String.valueOf(operation.errorDetail)), operation.createdAt,
                operation.startedAt, operation.endedAt));
    }

    private void follow(UUID id, UUID tenant, Sse sse, MultiEmitter<? super OutboundSseEvent> emitter) {
        AtomicBoolean open = new AtomicBoolean(true);
        emitter.onTermination(() -> open.set(false));
        Thread.ofVirtual().name("follow-" + id).start(() -> {
            try {
                Map<Integer, StepView> shown = new HashMap<>();
                long quietSince = System.nanoTime();
                while (open.get()) {
                    Optional<View> operation = rows.inTenant(tenant, () -> find(id));
                    List<StepView> steps = operation.map(View::steps).orElse(List.of());
                    for (int i = 0; i < steps.size(); i++) {
                        if (!steps.get(i).equals(shown.put(i, steps.get(i)))) {
                            emitter.emit(event(sse, "step", steps.get(i)));
                            quietSince = System.nanoTime();
                        }
                    }
                    if (operation.isEmpty() || operation.get().isOver()) {
                        operation.ifPresent(over -> emitter.emit(event(sse, "end", over)));
                        break;
                    }
                    if (System.nanoTime() - quietSince > SIGN_OF_LIFE.toNanos()) {
                        quietSince = System.nanoTime();
                        emitter.emit(sse.newEventBuilder().comment("still here").build());
                    }
                    Thread.sleep(LOOK);
                }
            } catch (InterruptedException | RuntimeException broken) {
                // the client connects again and gets all steps once more
            }
            emitter.complete();
        });
    }

    private static OutboundSseEvent event(Sse sse, String name, Object data) {
        return sse.newEventBuilder().name(name).mediaType(MediaType.APPLICATION_JSON_TYPE).data(data).build();
    }
}
