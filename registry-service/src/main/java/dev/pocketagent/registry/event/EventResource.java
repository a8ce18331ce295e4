package dev.pocketagent.registry.event;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.auth.Duties;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.http.Paging;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.RegistryApi;
import io.smallrye.common.annotation.NonBlocking;

/** The feed over HTTP. */
@Path("/api/v1/events")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "events")
public class EventResource {

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);
    private static final Pattern SECONDS = Pattern.compile("([0-9]{1,4})s?");
    private static final String LATEST = "latest";

    private final Feed feed;

    @Inject
    EventResource(Feed feed) {
        this.feed = feed;
    }

    /** A part of the feed; waits for news when there is none. */
    @GET
    @NonBlocking
    @RolesAllowed({Roles.SERVICE, Duties.FOLLOW_EVENTS, Roles.OPERATOR})
    @Operation(operationId = "listEvents", summary = "Follow the feed", description = """
            Events behind `after`, oldest first. With `wait`, an empty feed keeps the request open until there is news or the \
            time is over (long poll). Delivery is at least once: keep `next` where you keep the effects. Numbers rise, with \
            gaps; events of one tenant are in the order of its changes. A feed that was restored to an earlier state refuses \
            places that it does not know with `cursor_ahead`: for certain when `seen` is sent, else only while it is shorter \
            than before. \
            Types:\s""" + EventTypes.LISTED + ". Of an erased tenant only `{\"erased\":true}` is left as data.")
    @APIResponse(responseCode = "200", description = "Events; none when the wait is over.", content = @Content(schema = @Schema(implementation = EventPage.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "409", description = "The feed does not have this place: it was restored to an earlier state. Take over the present state of what you follow, then go on from `latest`. Code: `cursor_ahead`.", ref = RegistryApi.CLASH)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public CompletionStage<EventPage> follow(
            @QueryParam("after") @Parameter(description = "`next` of the answer before; 0 for the feed's begin, `latest` for its end.", example = "0") @Nullable String after,
            @QueryParam("seen") @Parameter(description = "`id` of the event at `after`, when you have it: so a restored feed is noticed also when it has grown past `after` again.") @Nullable String seen,
            @QueryParam("wait") @Parameter(description = "How long to wait for news, in seconds, at most 60s.", example = "25s") @Nullable String wait,
            @QueryParam("limit") @Parameter(description = "Events a page, 1 to 200; 50 unless told.", example = "200") @Nullable Integer limit,
            @Context UriInfo uri) {
        QueryParams.allow(uri, "after", "seen", "wait", "limit");
        int size = Paging.limit(limit);
        Duration patience = wait == null ? Duration.ZERO : seconds(wait);
        if (LATEST.equals(after)) {
            return feed.end();
        }
        return feed.after(after == null ? 0 : place(after), seen == null ? null : id(seen), patience, size);
    }

    private static long place(String after) {
        try {
            long place = Long.parseLong(after);
            if (place >= 0) {
                return place;
            }
        } catch (NumberFormatException e) {
            // Answered below, like a negative number.
        }
        throw ProblemException.invalid("?after", "must be a whole number from 0, or 'latest'");
    }

    private static UUID id(String seen) {
        try {
            return UUID.fromString(seen);
        } catch (IllegalArgumentException e) {
            throw ProblemException.invalid("?seen", "must be the id of an event");
        }
    }

    private static Duration seconds(String wait) {
        Matcher matcher = SECONDS.matcher(wait);
        if (matcher.matches()) {
            Duration asked = Duration.ofSeconds(Long.parseLong(matcher.group(1)));
            if (asked.compareTo(LONGEST_WAIT) <= 0) {
                return asked;
            }
        }
        throw ProblemException.invalid("?wait", "must be from 0s to 60s, for example 25s");
    }
}
