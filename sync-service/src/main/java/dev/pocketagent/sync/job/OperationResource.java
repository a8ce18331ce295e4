package dev.pocketagent.sync.job;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.UriInfo;

import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.problem.ProblemException;

/** How operations go. */
@Path("/api/v1/operations")
public class OperationResource {

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
            List<StepView> steps,
            @Nullable ErrorView error, Instant createdAt, @Nullable Instant startedAt, @Nullable Instant endedAt) {}

    /** One step. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record StepView(String name, String state, Instant startedAt, @Nullable Instant endedAt, String message) {}

    /** Why it failed. */
    public record ErrorView(String code, String detail) {}

    @GET
    @Path("/{id}")
    @Transactional
    @RolesAllowed({Roles.OPERATOR, Roles.SERVICE, Roles.SUPPORT, Roles.AUDITOR, Roles.TENANT_ADMIN,
            Roles.TENANT_DEVELOPER})
    public View get(@PathParam("id") UUID id, @Context UriInfo uri) {
        QueryParams.allow(uri);
        rows.of(caller);
        Operation operation = database.find(Operation.class, id);
        if (operation == null) {
            throw ProblemException.notFound("operation", id);
        }
        List<StepView> steps = database.createQuery("from Step where operationId = :id order by position", Step.class)
                .setParameter("id", id).getResultStream()
                .map(step -> new StepView(step.name, step.state, step.startedAt, step.endedAt, step.message)).toList();
        String code = operation.errorCode;
        return new View(operation.id, operation.kind, operation.cause, operation.sourceId, operation.tenantId,
                operation.state,
                operation.changed, steps,
                code == null ? null : new ErrorView(code, String.valueOf(operation.errorDetail)),
                operation.createdAt, operation.startedAt, operation.endedAt);
    }
}
