package dev.pocketagent.registry.pocketbase;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;

import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.RegistryApi;
import dev.pocketagent.registry.audit.Actor;
import dev.pocketagent.registry.audit.AuditLog;
import io.smallrye.common.annotation.RunOnVirtualThread;

/** The bridge over HTTP. */
@Path("/api/v1/pocketbase")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "pocketbase", description = "The bridge to a PocketBase collection of customers.")
public class BridgeResource {

    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

    /**
     * Asks for a run.
     *
     * @param dryRun whether to report only what would be done
     */
    @Schema(name = "PocketBaseSync", examples = "{\"dryRun\":true}")
    public record Order(@NotNull(message = "is needed: true to only report, false to change things") Boolean dryRun) {}

    private final Bridge bridge;
    private final AuditLog audit;
    private final RowScope rows;
    private final Caller caller;

    @Inject
    BridgeResource(Bridge bridge, AuditLog audit, RowScope rows, Caller caller) {
        this.bridge = bridge;
        this.audit = audit;
        this.rows = rows;
        this.caller = caller;
    }

    /** How the bridge stands. */
    @GET
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR})
    @Operation(operationId = "getPocketBase", summary = "Read how the PocketBase bridge stands")
    @APIResponse(responseCode = "200", description = "Its settings, the last and the next run, and what differs.")
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Status status(@Context UriInfo uri) {
        QueryParams.allow(uri);
        return bridge.status();
    }

    /** Runs now. */
    @POST
    @Path("/sync")
    @RunOnVirtualThread
    @RolesAllowed(Roles.OPERATOR)
    @Operation(operationId = "syncPocketBase", summary = "Run the PocketBase bridge now", description = """
            Reads the whole collection, and makes and changes tenants after it, or, with `dryRun`, only says what that would \
            be. Answers when the run is over. A run that fails is an answer, too: see `outcome` and `error`. Nothing is ever \
            deleted; a tenant whose record is gone is only reported.""")
    @APIResponse(responseCode = "200", description = "What was done, or would be. Codes of `error`: `misconfigured`, `unreachable`, `tls_refused`, `timed_out`, `redirected`, `not_pocketbase`, `answer_too_large`, `sign_in_refused`, `token_expired`, `not_superuser`, `collection_unknown`, `field_unknown`, `rate_limited`, `server_error`, `list_changed`, `too_many_records`, `lease_lost`, `internal`.")
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "409", description = "Codes: `pocketbase_off`, `sync_running`.", ref = RegistryApi.CLASH)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Report sync(@NotNull @Valid Order order, @Context UriInfo uri) {
        QueryParams.allow(uri);
        mustBeOn();
        if (!order.dryRun()) {
            rows.inAllTenants(() -> audit.append(null, Actor.of(caller), "pocketbase.sync", "pocketbase", Map.of()));
        }
        return bridge.runByHand(order.dryRun()).orElseThrow(() -> new ProblemException(BridgeProblem.SYNC_RUNNING,
                "Wait until it is over; GET /api/v1/pocketbase shows it as 'running'.", List.of(), RETRY_AFTER));
    }

    /** The last report. */
    @GET
    @Path("/report")
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR})
    @Operation(operationId = "getPocketBaseReport", summary = "Read the last report of the PocketBase bridge", description = "Of the last run, by the interval or by hand, with a line for each thing that was done or found.")
    @APIResponse(responseCode = "200", description = "The report.")
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", description = "There was no run yet. Code: `not_found`.", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Report report(@Context UriInfo uri) {
        QueryParams.allow(uri);
        Report last = bridge.lastReport();
        if (last == null) {
            throw ProblemException.notFound("report", "last");
        }
        return last;
    }

    private void mustBeOn() {
        if (!bridge.isOn()) {
            throw new ProblemException(BridgeProblem.POCKETBASE_OFF,
                    "Set " + Settings.PREFIX
                            + "url and how to sign in, and restart; the guide 'pocketbase' says more.");
        }
    }
}
