package dev.pocketagent.registry.reservation;

import java.util.UUID;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;

import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.Duties;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.ETags;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.RegistryApi;
import dev.pocketagent.registry.audit.Actor;

/** Single reservations over HTTP. */
@Path("/api/v1/reservations")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "quotas")
public class ReservationResource {

    private final Reservations reservations;
    private final ReservationStore store;
    private final RowScope rows;
    private final Caller caller;

    @Inject
    ReservationResource(Reservations reservations, ReservationStore store, RowScope rows, Caller caller) {
        this.reservations = reservations;
        this.store = store;
        this.rows = rows;
        this.caller = caller;
    }

    /** One reservation. */
    @GET
    @Path("/{id}")
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.SERVICE, Roles.TENANT_ADMIN})
    @Transactional
    @Operation(operationId = "getReservation", summary = "Read a reservation")
    @APIResponse(responseCode = "200", description = "The reservation; `ETag` is set.", content = @Content(schema = @Schema(implementation = ReservationView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response get(UUID id, @Context UriInfo uri) {
        QueryParams.allow(uri);
        rows.of(caller);
        Reservation found = store.find(id).orElseThrow(() -> ProblemException.notFound("reservation", id));
        caller.mustSee(found.tenantId());
        return answer(found);
    }

    /** Turns what is held into what is used. */
    @POST
    @Path("/{id}/confirm")
    @RolesAllowed({Roles.OPERATOR, Roles.SERVICE, Duties.RESERVE_QUOTA})
    @Transactional
    @Operation(operationId = "confirmReservation", summary = "Confirm a reservation", description = "What it holds is used from now on, until it is released; the one that it replaces gives its part back. Works in every state of the tenant. A second time changes nothing.")
    @APIResponse(responseCode = "200", description = "The reservation as it is now; `ETag` is set.", content = @Content(schema = @Schema(implementation = ReservationView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "409", description = "Code: `reservation_ended`: it has expired, or was released or replaced.", ref = RegistryApi.CLASH)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response confirm(UUID id, @Context UriInfo uri) {
        QueryParams.allow(uri);
        rows.allTenants();
        return answer(reservations.confirm(id, Actor.of(caller)));
    }

    /** Gives back what is held or used. */
    @POST
    @Path("/{id}/release")
    @RolesAllowed({Roles.OPERATOR, Roles.SERVICE, Duties.RESERVE_QUOTA})
    @Transactional
    @Operation(operationId = "releaseReservation", summary = "Release a reservation", description = "Gives back what it holds or uses, and ends the open one that was to replace it. Works in every state of the tenant. One that was released or has expired stays as it is.")
    @APIResponse(responseCode = "200", description = "The reservation as it is now; `ETag` is set.", content = @Content(schema = @Schema(implementation = ReservationView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "409", description = "Code: `reservation_ended`: another has taken its place; release that one.", ref = RegistryApi.CLASH)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response release(UUID id, @Context UriInfo uri) {
        QueryParams.allow(uri);
        rows.allTenants();
        return answer(reservations.release(id, Actor.of(caller)));
    }

    private static Response answer(Reservation reservation) {
        return Response.ok(ReservationView.of(reservation)).header("ETag", ETags.of(reservation.version())).build();
    }
}
