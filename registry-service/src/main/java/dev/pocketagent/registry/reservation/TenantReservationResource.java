package dev.pocketagent.registry.reservation;

import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;

import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.Duties;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.Cursor;
import dev.pocketagent.kit.http.ETags;
import dev.pocketagent.kit.http.Idempotent;
import dev.pocketagent.kit.http.OneLine;
import dev.pocketagent.kit.http.Page;
import dev.pocketagent.kit.http.Paging;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.RegistryApi;
import dev.pocketagent.registry.audit.Actor;
import dev.pocketagent.registry.quota.Amounts;
import dev.pocketagent.registry.tenant.Tenant;
import dev.pocketagent.registry.tenant.Tenants;

/** A tenant's reservations over HTTP. */
@Path("/api/v1/tenants/{idOrSlug}/reservations")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "quotas")
public class TenantReservationResource {

    private static final String ONE_LINE = OneLine.REGEX;
    private static final int LONGEST_HOLDER = 200;
    private static final Duration USUAL_TTL = Duration.ofMinutes(15);

    /**
     * A reservation to be made.
     *
     * @param holder what it is for, for example {@code stack/<id>}
     * @param amounts of at least one resource; all or nothing
     * @param ttlSeconds how long it holds without being confirmed, 5 to 86400; 900 unless told
     * @param replaces a confirmed reservation that this one shall take over from, to make something larger or smaller
     */
    @Schema(name = "NewReservation", examples = """
            {"holder":"stack/01993c52-2222-7c1e-9a61-0f5a3f0c7d11","amounts":{"stacks":1,"cpuMillis":1000,"memoryMib":2048}}""")
    public record NewReservation(
            @NotBlank(message = "is needed") @Size(max = LONGEST_HOLDER, message = "must have at most 200 characters") @Pattern(regexp = ONE_LINE, message = "must be one line") String holder,
            @NotNull(message = "is needed") @Valid WantedAmounts amounts,
            @Nullable @Min(value = 5, message = "must be from 5 to 86400") @Max(value = 86_400, message = "must be from 5 to 86400") Integer ttlSeconds,
            @Nullable UUID replaces) {}

    private final Reservations reservations;
    private final ReservationStore store;
    private final Tenants tenants;
    private final RowScope rows;
    private final Caller caller;

    @Inject
    TenantReservationResource(Reservations reservations, ReservationStore store, Tenants tenants, RowScope rows,
            Caller caller) {
        this.reservations = reservations;
        this.store = store;
        this.tenants = tenants;
        this.rows = rows;
        this.caller = caller;
    }

    /** Reserves part of a tenant's quota. */
    @POST
    @RolesAllowed({Roles.OPERATOR, Roles.SERVICE, Duties.RESERVE_QUOTA})
    @Transactional
    @Idempotent
    @Operation(operationId = "createReservation", summary = "Reserve part of a quota", description = """
            Before something is made: reserve what it needs, make it, `confirm`. All amounts or none. What is not confirmed in time \\
            is given back by itself, so a caller that dies blocks nothing for longer. With `replaces` it takes over from a confirmed \\
            reservation when it is confirmed, holds only what it needs beyond that, and gives back the rest.""")
    @Parameter(name = "Idempotency-Key", in = ParameterIn.HEADER, description = "Makes a retry safe: the same key gives the first answer again, for 24 hours.", schema = @Schema(type = SchemaType.STRING))
    @APIResponse(responseCode = "201", description = "It is held; `Location` and `ETag` are set.", content = @Content(schema = @Schema(implementation = ReservationView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "409", description = "Codes: `quota_exceeded` (not enough is left; `errors` has the figures), `over_quota` (the tenant holds more than its plan allows and gets nothing new), `tenant_inactive`, `reservation_ended` and `replacement_open` (about the one to be replaced), `idempotency_in_progress`.", ref = RegistryApi.CLASH)
    @APIResponse(responseCode = "422", ref = RegistryApi.REUSED)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response reserve(@Parameter(description = "Id or slug.", example = "acme") String idOrSlug,
            @NotNull @Valid NewReservation wanted, @Context UriInfo uri) {
        QueryParams.allow(uri);
        Amounts amounts = wanted.amounts().amounts();
        if (amounts.none()) {
            throw ProblemException.invalid("/amounts", "must ask for something");
        }
        Integer ttl = wanted.ttlSeconds();
        rows.allTenants();
        Tenant tenant = tenants.requireUnchanging(idOrSlug);
        Reservation made = reservations.reserve(tenant, wanted.holder().strip(), amounts,
                ttl == null ? USUAL_TTL : Duration.ofSeconds(ttl), wanted.replaces(), Actor.of(caller));
        return Response.created(URI.create("/api/v1/reservations/" + made.id()))
                .header("ETag", ETags.of(made.version()))
                .entity(ReservationView.of(made)).build();
    }

    /** A tenant's reservations, oldest first. */
    @GET
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.SERVICE, Duties.RESERVE_QUOTA,
            Roles.TENANT_ADMIN})
    @Transactional
    @Operation(operationId = "listReservations", summary = "List a tenant's reservations", description = "Oldest first, ended ones included.")
    @APIResponse(responseCode = "200", description = "A page of reservations.")
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Page<ReservationView> list(@Parameter(description = "Id or slug.", example = "acme") String idOrSlug,
            @QueryParam("state") @Parameter(description = "open, confirmed, released, expired or replaced.", example = "confirmed") @Nullable String state,
            @QueryParam("holder") @Parameter(description = "Exactly this holder.", example = "stack/01993c52-2222-7c1e-9a61-0f5a3f0c7d11") @Nullable String holder,
            @QueryParam("limit") @Parameter(description = "Reservations a page, 1 to 200; 50 unless told.", example = "50") @Nullable Integer limit,
            @QueryParam("cursor") @Parameter(description = "`nextCursor` of the page before.") @Nullable String cursor,
            @Context UriInfo uri) {
        QueryParams.allow(uri, "state", "holder", "limit", "cursor");
        int size = Paging.limit(limit);
        State wanted = state == null
                ? null
                : State.ofText(state).orElseThrow(() -> ProblemException.invalid("?state", "must be one of "
                        + Arrays.stream(State.values()).map(State::text).collect(Collectors.joining(", "))));
        if (holder != null && (holder.length() > LONGEST_HOLDER || !holder.matches(ONE_LINE))) {
            throw ProblemException.invalid("?holder", "must be one line of at most " + LONGEST_HOLDER + " characters");
        }
        UUID after = after(cursor);
        rows.of(caller);
        Tenant tenant = tenants.require(idOrSlug);
        caller.mustSee(tenant.id());
        List<Reservation> found = store.page(tenant.id(), wanted, holder, after, size + 1);
        return Page.of(found, size, ReservationView::of, row -> Cursor.encode(row.id().toString()));
    }

    private static @Nullable UUID after(@Nullable String cursor) {
        if (cursor == null) {
            return null;
        }
        try {
            return UUID.fromString(Cursor.decode(cursor, 1).getFirst());
        } catch (IllegalArgumentException e) {
            throw ProblemException.invalid("?cursor", "is not a cursor of this list");
        }
    }
}
