package dev.pocketagent.registry.event;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;

import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.event.Event;
import dev.pocketagent.kit.http.Cursor;
import dev.pocketagent.kit.http.Page;
import dev.pocketagent.kit.http.Paging;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.Names;
import dev.pocketagent.registry.QueryValues;
import dev.pocketagent.registry.RegistryApi;

/** The feed's newest events, for people. Consumers follow {@link EventResource}. */
@Path("/api/v1/events/recent")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "events")
public class RecentEventsResource {

    private final EventStore store;
    private final RecentEvents events;
    private final Names names;
    private final RowScope rows;

    @Inject
    RecentEventsResource(EventStore store, RecentEvents events, Names names, RowScope rows) {
        this.store = store;
        this.events = events;
        this.names = names;
        this.rows = rows;
    }

    /** Events, newest first. */
    @GET
    @RolesAllowed({Roles.SERVICE, Roles.OPERATOR})
    @Operation(operationId = "listRecentEvents", summary = "Read the newest events", description = """
            Newest first, for people. To miss nothing, follow the feed: `GET /api/v1/events?after=`, where `seq` of an event is \
            a place. Filters may be combined.""")
    @APIResponse(responseCode = "200", description = "A page of events.")
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Page<RecentEvent> list(
            @QueryParam("tenant") @Parameter(description = "Only those about this tenant, by id.") @Nullable String tenant,
            @QueryParam("type") @Parameter(description = "Only this type, or a group such as `tenant.*`; may be repeated.", example = "tenant.*") @Nullable List<String> type,
            @QueryParam("from") @Parameter(description = "Only those from this moment on.", example = "2026-11-01T00:00:00Z") @Nullable String from,
            @QueryParam("limit") @Parameter(description = "Events a page, 1 to 200; 50 unless told.", example = "50") @Nullable Integer limit,
            @QueryParam("cursor") @Parameter(description = "`nextCursor` of the page before, with the same filters.") @Nullable String cursor,
            @Context UriInfo uri) {
        QueryParams.allow(uri, "tenant", "type", "from", "limit", "cursor");
        for (String name : List.of("tenant", "type", "from")) {
            if (uri.getQueryParameters().getOrDefault(name, List.of()).contains("")) {
                throw ProblemException.invalid("?" + name, "is empty; leave it out to have all");
            }
        }
        int size = Paging.limit(limit);
        var filter = new RecentEvents.Filter(tenant == null ? null : QueryValues.id("?tenant", tenant),
                types(type == null ? List.of() : type), from == null ? null : QueryValues.time("?from", from));
        Long before = cursor == null ? null : place(cursor, filter);
        store.number();
        return rows.inAllTenants(() -> {
            List<RecentEvents.Found> found = events.page(filter, before, size + 1);
            Map<UUID, String> slugs = names.of(found.stream().map(one -> one.event().tenantId())
                    .filter(Objects::nonNull).collect(Collectors.toSet()));
            return Page.of(found, size, one -> view(one.event(), slugs), one -> cursor(one.place(), filter));
        });
    }

    private static RecentEvent view(Event event, Map<UUID, String> slugs) {
        UUID tenant = event.tenantId();
        return new RecentEvent(event.seq(), event.id(), event.type(), tenant, tenant == null ? null : slugs.get(tenant),
                event.at(), event.data());
    }

    /** The types that are meant, each once. */
    private static List<String> types(List<String> asked) {
        List<String> types = new ArrayList<>();
        for (String pattern : asked) {
            List<String> meant = EventTypes.meantBy(pattern);
            if (meant.isEmpty()) {
                throw ProblemException.invalid("?type", "is not a known type; known are " + EventTypes.LISTED + "; "
                        + String.join(", ", EventTypes.GROUPS));
            }
            types.addAll(meant);
        }
        return types.stream().distinct().toList();
    }

    private static String cursor(long place, RecentEvents.Filter filter) {
        return Cursor.encode(kind(filter), String.valueOf(place));
    }

    private static long place(String cursor, RecentEvents.Filter filter) {
        List<String> parts = Cursor.decode(cursor, 2);
        if (parts.getFirst().equals(kind(filter))) {
            try {
                return Long.parseLong(parts.get(1));
            } catch (NumberFormatException e) {
                // Answered below, like a cursor of another list.
            }
        }
        throw ProblemException.invalid("?cursor", "is not a cursor of this list");
    }

    /** What places count in a list with this filter. */
    private static String kind(RecentEvents.Filter filter) {
        return filter.tenantId() == null ? "event" : "event-of-tenant";
    }
}
