package dev.pocketagent.registry.webhook;

import java.util.List;
import java.util.Set;
import java.util.UUID;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
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

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.Cursor;
import dev.pocketagent.kit.http.Page;
import dev.pocketagent.kit.http.Paging;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.RegistryApi;

/** A webhook's deliveries over HTTP. */
@Path("/api/v1/webhooks/{id}/deliveries")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "webhooks")
public class WebhookDeliveryResource {

    private static final Set<String> STATES = Set.of("pending", "delivered", "dead");

    private final Webhooks webhooks;
    private final Deliveries deliveries;
    private final Event<WebhookLoops.Waiting> waiting;
    private final RowScope rows;
    private final Caller caller;

    @Inject
    WebhookDeliveryResource(Webhooks webhooks, Deliveries deliveries, Event<WebhookLoops.Waiting> waiting,
            RowScope rows, Caller caller) {
        this.webhooks = webhooks;
        this.deliveries = deliveries;
        this.waiting = waiting;
        this.rows = rows;
        this.caller = caller;
    }

    /** Deliveries, newest first. */
    @GET
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.TENANT_ADMIN})
    @Transactional
    @Operation(operationId = "listWebhookDeliveries", summary = "List a webhook's deliveries", description = "Newest first. They are kept for 30 days after they are delivered or dead, unless the operator says otherwise.")
    @APIResponse(responseCode = "200", description = "A page of deliveries.")
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Page<DeliveryView> list(UUID id,
            @QueryParam("state") @Parameter(description = "Only those in this state.", schema = @Schema(enumeration = {
                    "pending", "delivered", "dead"})) @Nullable String state,
            @QueryParam("limit") @Parameter(description = "Deliveries a page, 1 to 200; 50 unless told.", example = "50") @Nullable Integer limit,
            @QueryParam("cursor") @Parameter(description = "`nextCursor` of the page before.") @Nullable String cursor,
            @Context UriInfo uri) {
        QueryParams.allow(uri, "state", "limit", "cursor");
        int size = Paging.limit(limit);
        if (state != null && !STATES.contains(state)) {
            throw ProblemException.invalid("?state", "must be one of pending, delivered, dead");
        }
        rows.of(caller);
        WebhookResource.visible(webhooks.findById(id), id, caller);
        List<DeliveryView> found = deliveries.page(id, state, before(cursor), size + 1);
        return Page.of(found, size, delivery -> delivery, delivery -> Cursor.encode(delivery.id().toString()));
    }

    /** One delivery. */
    @GET
    @Path("/{deliveryId}")
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.TENANT_ADMIN})
    @Transactional
    @Operation(operationId = "getWebhookDelivery", summary = "Read a delivery", description = "What became of one event, or of a test.")
    @APIResponse(responseCode = "200", description = "The delivery.", content = @Content(schema = @Schema(implementation = DeliveryView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public DeliveryView get(UUID id, UUID deliveryId, @Context UriInfo uri) {
        QueryParams.allow(uri);
        rows.of(caller);
        WebhookResource.visible(webhooks.findById(id), id, caller);
        return require(id, deliveryId);
    }

    /** Sends one delivery now. */
    @POST
    @Path("/{deliveryId}/retry")
    @RolesAllowed({Roles.OPERATOR, Roles.TENANT_ADMIN})
    @Transactional
    @Operation(operationId = "retryWebhookDelivery", summary = "Send a delivery now", description = "Whatever became of it before. One that waits goes on with its schedule afterwards; one that was given up gets this one attempt.")
    @APIResponse(responseCode = "200", description = "The delivery, waiting; read it again to see what became of it.", content = @Content(schema = @Schema(implementation = DeliveryView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "409", description = "Code: `webhook_disabled`.", ref = RegistryApi.CLASH)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public DeliveryView retry(UUID id, UUID deliveryId, @Context UriInfo uri) {
        QueryParams.allow(uri);
        rows.of(caller);
        WebhookResource.enabled(WebhookResource.visible(webhooks.findForChange(id), id, caller));
        require(id, deliveryId);
        deliveries.retry(deliveryId);
        waiting.fire(new WebhookLoops.Waiting());
        return require(id, deliveryId);
    }

    private DeliveryView require(UUID id, UUID deliveryId) {
        return deliveries.find(id, deliveryId).orElseThrow(() -> ProblemException.notFound("delivery", deliveryId));
    }

    private static @Nullable UUID before(@Nullable String cursor) {
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
