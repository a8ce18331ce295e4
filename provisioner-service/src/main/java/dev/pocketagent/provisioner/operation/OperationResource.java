package dev.pocketagent.provisioner.operation;

import java.time.Duration;
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
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;

import org.eclipse.microprofile.openapi.annotations.tags.Tag;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.ProblemException;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.MultiEmitter;

/** Reading, following and cancelling operations. */
@Path("/api/v1/operations")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "operations")
public class OperationResource {

    /** How often a stream looks for changes: one read of one row by its key. */
    private static final Duration LOOK = Duration.ofMillis(150);
    /** A stream without news says so this often, so that no proxy takes it for dead. */
    private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(10);

    private final Operations operations;
    private final RowScope rows;
    private final Caller caller;

    @Inject
    OperationResource(Operations operations, RowScope rows, Caller caller) {
        this.operations = operations;
        this.rows = rows;
        this.caller = caller;
    }

    @GET
    @Path("/{id}")
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER})
    @Transactional
    @org.eclipse.microprofile.openapi.annotations.Operation(operationId = "getOperation", summary = "Read an operation")
    public Operation get(UUID id, @Context UriInfo uri) {
        QueryParams.allow(uri);
        rows.of(caller);
        return find(id);
    }

    /** Steps as they change ({@code event: step}), then the whole operation ({@code event: end}). Starts with all steps so far. */
    @GET
    @Path("/{id}/events")
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER})
    @Blocking
    @org.eclipse.microprofile.openapi.annotations.Operation(operationId = "followOperation", summary = "Follow an operation live")
    public Multi<OutboundSseEvent> events(UUID id, @Context UriInfo uri, @Context Sse sse) {
        QueryParams.allow(uri);
        UUID tenant = rows.inAllTenants(() -> {
            rows.of(caller);
            return find(id).tenantId();
        });
        return Multi.createFrom().emitter(emitter -> follow(id, tenant, sse, emitter));
    }

    /** Asks an open operation to stop at its next step. What it has done so far stays; applying again goes on from there. */
    @POST
    @Path("/{id}/cancel")
    @RolesAllowed({Roles.OPERATOR, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER})
    @Transactional
    @org.eclipse.microprofile.openapi.annotations.Operation(operationId = "cancelOperation", summary = "Cancel an operation")
    public Operation cancel(UUID id, @Context UriInfo uri) {
        QueryParams.allow(uri);
        rows.of(caller);
        find(id);
        if (!operations.cancel(id)) {
            throw new ProblemException(CommonProblem.CONFLICT, "The operation is over already.");
        }
        return find(id);
    }

    private Operation find(UUID id) {
        return operations.find(id).orElseThrow(() -> ProblemException.notFound("operation", id));
    }

    private void follow(UUID id, UUID tenant, Sse sse, MultiEmitter<? super OutboundSseEvent> emitter) {
        AtomicBoolean open = new AtomicBoolean(true);
        Thread thread = Thread.ofVirtual().name("follow-" + id).unstarted(() -> {
            try {
                Map<Integer, Operation.Step> shown = new HashMap<>();
                long seen = -1;
                long quietSince = System.nanoTime();
                while (open.get()) {
                    long before = seen;
                    long now = rows.inTenant(tenant, () -> operations.changes(id));
                    if (now != before) {
                        seen = now;
                        quietSince = System.nanoTime();
                        Optional<Operation> operation = rows.inTenant(tenant, () -> operations.find(id));
                        List<Operation.Step> steps = operation.map(Operation::steps).orElse(List.of());
                        for (Operation.Step step : steps) {
                            if (!step.equals(shown.put(step.position(), step))) {
                                emitter.emit(event(sse, "step", step));
                            }
                        }
                        if (operation.isEmpty() || operation.get().over()) {
                            operation.ifPresent(o -> emitter.emit(event(sse, "end", o)));
                            emitter.complete();
                            return;
                        }
                    } else if (System.nanoTime() - quietSince > SIGN_OF_LIFE.toNanos()) {
                        quietSince = System.nanoTime();
                        emitter.emit(sse.newEventBuilder().comment("still here").build());
                    }
                    Thread.sleep(LOOK);
                }
            } catch (InterruptedException e) {
                emitter.complete();
            } catch (RuntimeException e) {
                // The client connects again and gets all steps once more.
                emitter.complete();
            }
        });
        emitter.onTermination(() -> open.set(false));
        thread.start();
    }

    private static OutboundSseEvent event(Sse sse, String name, Object data) {
        return sse.newEventBuilder().name(name).mediaType(MediaType.APPLICATION_JSON_TYPE).data(data).build();
    }
}
