package dev.pocketagent.registry.webhook;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PATCH;
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

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.Cursor;
import dev.pocketagent.kit.http.ETags;
import dev.pocketagent.kit.http.Idempotent;
import dev.pocketagent.kit.http.Page;
import dev.pocketagent.kit.http.Paging;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.http.Times;
import dev.pocketagent.kit.net.OutboundHttp;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.RegistryApi;
import dev.pocketagent.registry.audit.Actor;
import dev.pocketagent.registry.event.EventStore;
import dev.pocketagent.registry.event.EventTypes;
import dev.pocketagent.registry.tenant.Tenants;

/** Webhooks over HTTP. */
@Path("/api/v1/webhooks")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "webhooks")
public class WebhookResource {

    /** A name that takes longer is looked up when something is sent. */
    private static final Duration LONGEST_LOOKUP = Duration.ofSeconds(2);
    private static final long LONGEST_OVERLAP_SECONDS = Duration.ofDays(30).toSeconds();
    private static final long USUAL_OVERLAP_SECONDS = Duration.ofDays(1).toSeconds();

    /**
     * How the secret before is treated.
     *
     * @param overlapSeconds how long it signs too; 24 hours unless told, 0 ends it now
     */
    @Schema(name = "WebhookRotation", examples = "{\"overlapSeconds\":3600}")
    public record Rotation(@Nullable Long overlapSeconds) {}

    /**
     * What to send again.
     *
     * @param after events behind this place in the feed
     * @param from events that happened then or later
     * @param only {@code dead} for deliveries that were given up, {@code all} for all events, delivered or not
     */
    @Schema(name = "WebhookReplay", examples = "{\"from\":\"2026-11-20T00:00:00Z\",\"only\":\"dead\"}")
    public record Replay(@Nullable Long after, @Nullable String from,
            @Nullable @Schema(enumeration = {"dead", "all"}, defaultValue = "dead") String only){}

    /**
     * What a replay queued.
     *
     * @param next there may be more: send it as {@code after} to go on
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @Schema(name = "WebhookReplayed", examples = "{\"queued\":17}")
    public record Replayed(int queued, @Nullable Long next) {}

    private final Webhooks webhooks;
    private final Deliveries deliveries;
    private final Tenants tenants;
    private final EventStore events;
    private final OutboundHttp http;
    private final WebhookCreation creation;
    private final WebhookConfig config;
    private final Event<WebhookLoops.Waiting> waiting;
    private final RowScope rows;
    private final Caller caller;

    @Inject
    WebhookResource(Webhooks webhooks, Deliveries deliveries, Tenants tenants, EventStore events, OutboundHttp http,
            WebhookCreation creation, WebhookConfig config, Event<WebhookLoops.Waiting> waiting, RowScope rows,
            Caller caller) {
        this.webhooks = webhooks;
        this.deliveries = deliveries;
        this.tenants = tenants;
        this.events = events;
        this.http = http;
        this.creation = creation;
        this.config = config;
        this.waiting = waiting;
        this.rows = rows;
        this.caller = caller;
    }

    /** Makes a webhook. */
    @POST
    @RolesAllowed({Roles.OPERATOR, Roles.TENANT_ADMIN})
    @Operation(operationId = "createWebhook", summary = "Create a webhook", description = """
            Events from now on are posted to `url`, signed as Standard Webhooks has it. A tenant's key makes a webhook for \
            its own tenant's events; an operator's makes one of the platform, for all events or those of one `tenant`. \
            The answer holds the secret, which is never shown again. \
            `events` has exact types, groups as `tenant.*`, or `*`. Types:\s""" + EventTypes.LISTED + ".")
    @Parameter(name = "Idempotency-Key", in = ParameterIn.HEADER, description = "Makes a retry safe: the same key gives the first answer again, with the same secret, for 24 hours.", schema = @Schema(type = SchemaType.STRING))
    @APIResponse(responseCode = "201", description = "The webhook with its secret; `Location` and `ETag` are set.", content = @Content(schema = @Schema(implementation = IssuedWebhook.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "409", description = "Codes: `webhook_limit`, `tenant_gone`, `idempotency_in_progress`.", ref = RegistryApi.CLASH)
    @APIResponse(responseCode = "422", ref = RegistryApi.REFUSED)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response create(@NotNull @Valid NewWebhook wanted, @Context UriInfo uri) {
        QueryParams.allow(uri);
        String[] filter = EventFilter.check(wanted.events());
        URI url = url(wanted.url());
        ProblemException refused = null;
        try {
            http.check(url, LONGEST_LOOKUP);
        } catch (ProblemException e) {
            refused = e;
        }
        // Everything that is committed by now lies before the webhook's beginning, and nothing that comes later.
        return creation.create(wanted, filter, refused, events.number());
    }

    /** Webhooks, oldest first. */
    @GET
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.TENANT_ADMIN})
    @Transactional
    @Operation(operationId = "listWebhooks", summary = "List webhooks", description = "Oldest first. A tenant's key sees its tenant's own. Never shows a secret; to support and auditors of an address only scheme, host and port, since the rest often holds a token.")
    @APIResponse(responseCode = "200", description = "A page of webhooks.")
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Page<WebhookView> list(
            @QueryParam("tenant") @Parameter(description = "Only those of this tenant or about it, by id or slug.", example = "acme") @Nullable String tenant,
            @QueryParam("limit") @Parameter(description = "Webhooks a page, 1 to 200; 50 unless told.", example = "50") @Nullable Integer limit,
            @QueryParam("cursor") @Parameter(description = "`nextCursor` of the page before.") @Nullable String cursor,
            @Context UriInfo uri) {
        QueryParams.allow(uri, "tenant", "limit", "cursor");
        int size = Paging.limit(limit);
        rows.of(caller);
        UUID asked = tenant == null ? caller.tenantId() : tenant(tenants, caller, tenant, "?tenant");
        List<Webhook> found = webhooks.page(asked, after(cursor), size + 1);
        return Page.of(found, size, webhook -> WebhookView.of(webhook, caller.role()),
                webhook -> Cursor.encode(webhook.id.toString()));
    }

    /** One webhook. */
    @GET
    @Path("/{id}")
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.TENANT_ADMIN})
    @Transactional
    @Operation(operationId = "getWebhook", summary = "Read a webhook", description = "Never shows the secret; to support and auditors of the address only scheme, host and port.")
    @APIResponse(responseCode = "200", description = "The webhook; `ETag` is set.", content = @Content(schema = @Schema(implementation = WebhookView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response get(UUID id, @Context UriInfo uri) {
        QueryParams.allow(uri);
        rows.of(caller);
        return answer(visible(webhooks.findById(id), id, caller));
    }

    /** Changes a webhook, or turns it on or off. */
    @PATCH
    @Path("/{id}")
    @RolesAllowed({Roles.OPERATOR, Roles.TENANT_ADMIN})
    @Transactional
    @Operation(operationId = "changeWebhook", summary = "Change a webhook", description = "Disabling gives up what waits; while it is disabled no event is kept for it. After enabling it again, a replay sends what was missed.")
    @APIResponse(responseCode = "200", description = "The webhook as it is now; `ETag` is set.", content = @Content(schema = @Schema(implementation = WebhookView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "412", ref = RegistryApi.STALE)
    @APIResponse(responseCode = "422", ref = RegistryApi.REFUSED)
    @APIResponse(responseCode = "428", ref = RegistryApi.NO_VERSION)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response change(UUID id,
            @HeaderParam("If-Match") @Parameter(description = "The ETag that was read.", example = "\"0\"") @Nullable String ifMatch,
            @NotNull @Valid WebhookChange wanted, @Context UriInfo uri) {
        QueryParams.allow(uri);
        if (wanted.isEmpty()) {
            throw ProblemException.invalid("/", "is empty; give url, events, description or enabled");
        }
        String[] filter = wanted.events() == null ? null : EventFilter.check(wanted.events());
        if (wanted.url() != null) {
            // Before the transaction's first query: it holds no connection yet.
            http.check(url(wanted.url()), LONGEST_LOOKUP);
        }
        rows.of(caller);
        Webhook webhook = visible(webhooks.findForChange(id), id, caller);
        ETags.check(ifMatch, webhook.version);
        webhooks.change(webhook, wanted, filter, Actor.of(caller));
        return answer(webhook);
    }

    /** Ends a webhook. */
    @DELETE
    @Path("/{id}")
    @RolesAllowed({Roles.OPERATOR, Roles.TENANT_ADMIN})
    @Transactional
    @Operation(operationId = "deleteWebhook", summary = "Delete a webhook", description = "With all its deliveries, also those that wait.")
    @APIResponse(responseCode = "204", description = "It is gone.")
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "412", ref = RegistryApi.STALE)
    @APIResponse(responseCode = "428", ref = RegistryApi.NO_VERSION)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public void delete(UUID id,
            @HeaderParam("If-Match") @Parameter(description = "The ETag that was read.", example = "\"0\"") @Nullable String ifMatch,
            @Context UriInfo uri) {
        QueryParams.allow(uri);
        rows.of(caller);
        Webhook webhook = visible(webhooks.findForChange(id), id, caller);
        ETags.check(ifMatch, webhook.version);
        webhooks.remove(webhook, Actor.of(caller));
    }

    /** Makes a new secret. */
    @POST
    @Path("/{id}/rotate-secret")
    @RolesAllowed({Roles.OPERATOR, Roles.TENANT_ADMIN})
    @Transactional
    @Idempotent
    @Operation(operationId = "rotateWebhookSecret", summary = "Rotate a webhook's secret", description = "What is sent from now on is signed with the new secret, and with the old one too until the overlap is over: two signatures, separated by a space. A secret older than the last one ends at once.")
    @Parameter(name = "Idempotency-Key", in = ParameterIn.HEADER, description = "Makes a retry safe: the same key gives the first answer again, with the same secret, for 24 hours.", schema = @Schema(type = SchemaType.STRING))
    @APIResponse(responseCode = "200", description = "The webhook with its new secret; `ETag` is set.", content = @Content(schema = @Schema(implementation = IssuedWebhook.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "409", description = "Code: `idempotency_in_progress`.", ref = RegistryApi.CLASH)
    @APIResponse(responseCode = "422", ref = RegistryApi.REUSED)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response rotate(UUID id, @Valid @Nullable Rotation rotation, @Context UriInfo uri) {
        QueryParams.allow(uri);
        Long asked = rotation == null ? null : rotation.overlapSeconds();
        long overlap = asked == null ? USUAL_OVERLAP_SECONDS : asked;
        if (overlap < 0 || overlap > LONGEST_OVERLAP_SECONDS) {
            throw ProblemException.invalid("/overlapSeconds", "must be from 0 to " + LONGEST_OVERLAP_SECONDS);
        }
        rows.of(caller);
        Webhook webhook = visible(webhooks.findForChange(id), id, caller);
        IssuedWebhook rotated = webhooks.rotate(webhook, Duration.ofSeconds(overlap), Actor.of(caller));
        return Response.ok(rotated).header("ETag", ETags.of(rotated.version())).build();
    }

    /** Sends something that is no event. */
    @POST
    @Path("/{id}/test")
    @RolesAllowed({Roles.OPERATOR, Roles.TENANT_ADMIN})
    @Transactional
    @Idempotent
    @Operation(operationId = "testWebhook", summary = "Send a test", description = "A message of the type `webhook.test` goes out at once, the same way as events, and once only. Read the delivery to see what became of it.")
    @Parameter(name = "Idempotency-Key", in = ParameterIn.HEADER, description = "Makes a retry safe: the same key gives the first answer again, for 24 hours.", schema = @Schema(type = SchemaType.STRING))
    @APIResponse(responseCode = "202", description = "It is on its way; `Location` is set.", content = @Content(schema = @Schema(implementation = DeliveryView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "409", description = "Codes: `webhook_disabled`, `idempotency_in_progress`.", ref = RegistryApi.CLASH)
    @APIResponse(responseCode = "422", ref = RegistryApi.REUSED)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response test(UUID id, @Context UriInfo uri) {
        QueryParams.allow(uri);
        rows.of(caller);
        Webhook webhook = enabled(visible(webhooks.findForChange(id), id, caller));
        UUID delivery = deliveries.test(webhook);
        waiting.fire(new WebhookLoops.Waiting());
        return Response.accepted(deliveries.find(id, delivery).orElseThrow())
                .location(URI.create("/api/v1/webhooks/" + id + "/deliveries/" + delivery)).build();
    }

    /** Sends many events again. */
    @POST
    @Path("/{id}/replay")
    @RolesAllowed({Roles.OPERATOR, Roles.TENANT_ADMIN})
    @Transactional
    @Operation(operationId = "replayWebhook", summary = "Send events again", description = "Queues deliveries that were given up, or all events that the webhook asks for, behind a place in the feed (`after`) or since an instant (`from`). With `only` `dead` neither is needed. A delivery keeps its id, so receivers know what they had. At most 10,000 at once unless the operator says otherwise; `next` tells how to go on.")
    @APIResponse(responseCode = "200", description = "How many are queued.", content = @Content(schema = @Schema(implementation = Replayed.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "409", description = "Code: `webhook_disabled`.", ref = RegistryApi.CLASH)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Replayed replay(UUID id, @NotNull @Valid Replay wanted, @Context UriInfo uri) {
        QueryParams.allow(uri);
        String only = wanted.only() == null ? "dead" : wanted.only();
        if (!only.equals("dead") && !only.equals("all")) {
            throw ProblemException.invalid("/only", "must be dead or all");
        }
        if (wanted.after() != null && wanted.from() != null) {
            throw ProblemException.invalid("/from", "is given beside /after; give one of them");
        }
        if (only.equals("all") && wanted.after() == null && wanted.from() == null) {
            throw ProblemException.invalid("/", "needs after or from, to know where to begin");
        }
        if (wanted.after() != null && wanted.after() < 0) {
            throw ProblemException.invalid("/after", "must not be negative");
        }
        Instant from = wanted.from() == null ? null : instant(wanted.from());
        rows.of(caller);
        Webhook webhook = enabled(visible(webhooks.findForChange(id), id, caller));
        Deliveries.Requeued queued = only.equals("all")
                ? deliveries.replayAll(webhook, wanted.after(), from, config.replayLimit())
                : deliveries.replayDead(id, wanted.after(), from, config.replayLimit());
        Map<String, @Nullable Object> detail = new HashMap<>();
        detail.put("only", only);
        detail.put("after", wanted.after());
        detail.put("from", wanted.from());
        detail.put("queued", queued.count());
        webhooks.replayed(webhook, Actor.of(caller), detail);
        waiting.fire(new WebhookLoops.Waiting());
        return new Replayed(queued.count(), queued.last());
    }

    private static Instant instant(String text) {
        try {
            return Times.within("/from", Instant.parse(text));
        } catch (DateTimeException e) {
            throw ProblemException.invalid("/from", "must be an instant like 2026-11-21T10:15:30Z");
        }
    }

    private static URI url(String text) {
        URI url;
        try {
            url = new URI(text);
        } catch (URISyntaxException e) {
            throw ProblemException.invalid("/url", "is not a URL");
        }
        String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("https") && !scheme.equals("http")) {
            throw ProblemException.invalid("/url", "must begin with https://");
        }
        if (url.getRawFragment() != null || !text.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw ProblemException.invalid("/url", "must be plain ASCII without a fragment");
        }
        return url;
    }

    static UUID tenant(Tenants tenants, Caller caller, String idOrSlug, String pointer) {
        try {
            UUID id = tenants.require(idOrSlug).id();
            caller.mustSee(id);
            return id;
        } catch (ProblemException unknown) {
            throw ProblemException.invalid(pointer, "is no known tenant's id or slug");
        }
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

    static Webhook visible(@Nullable Webhook webhook, UUID id, Caller caller) {
        UUID own = caller.tenantId();
        if (webhook == null || own != null && !own.equals(webhook.tenantId)) {
            throw ProblemException.notFound("webhook", id);
        }
        return webhook;
    }

    static Webhook enabled(Webhook webhook) {
        if (!webhook.enabled) {
            throw new ProblemException(WebhookProblem.WEBHOOK_DISABLED, "Enable it first.");
        }
        return webhook;
    }

    private Response answer(Webhook webhook) {
        return Response.ok(WebhookView.of(webhook, caller.role())).header("ETag", ETags.of(webhook.version)).build();
    }
}
