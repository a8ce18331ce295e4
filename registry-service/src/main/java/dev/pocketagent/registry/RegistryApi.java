package dev.pocketagent.registry;

import jakarta.ws.rs.core.Application;

import org.eclipse.microprofile.openapi.annotations.Components;
import org.eclipse.microprofile.openapi.annotations.OpenAPIDefinition;
import org.eclipse.microprofile.openapi.annotations.info.Info;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

import dev.pocketagent.kit.problem.Problem;

/** What the OpenAPI document says about the API as a whole. */
@OpenAPIDefinition(info = @Info(title = "PocketAgent Cloud: registry-service", version = "1", description = """
        Tenants, their plans and keys, the audit trail, and the feed of events that the other services follow.

        Every call needs `Authorization: Bearer pocket_...`. Lists are read page by page with `cursor`. Creating calls take an
        `Idempotency-Key`; changes need the `ETag` that was read before as `If-Match`. Every error is an
        `application/problem+json` with a stable `code`."""), tags = {
        @Tag(name = "tenants", description = "Customers of the platform and their life cycle."),
        @Tag(name = "quotas", description = "What a tenant may have, has, and is about to have."),
        @Tag(name = "plans", description = "What tenants may use. A version of a plan never changes."),
        @Tag(name = "keys", description = "API keys. The secret is shown once, when the key is made."),
        @Tag(name = "audit", description = "Who changed what, as one hash chain a tenant."),
        @Tag(name = "events", description = "What happened, in order, for the other services."),
        @Tag(name = "webhooks", description = "Events, signed and posted to addresses outside.")}, components = @Components(responses = {
                @APIResponse(name = RegistryApi.BAD_INPUT, description = "Input is wrong; `errors` points at it. Codes: `invalid_input`, `malformed_body`, `unknown_parameter`.", content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class))),
                @APIResponse(name = RegistryApi.NO_KEY, description = "The key is missing, mistyped, unknown, expired or revoked. Code: `unauthenticated`.", content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class))),
                @APIResponse(name = RegistryApi.NOT_ALLOWED, description = "The key's role or scopes do not allow this, or its tenant is suspended. Codes: `forbidden`, `tenant_suspended`.", content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class))),
                @APIResponse(name = RegistryApi.UNKNOWN, description = "It does not exist, or belongs to somebody else. Code: `not_found`.", content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class))),
                @APIResponse(name = RegistryApi.CLASH, description = "It conflicts with the present state; the code says how.", content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class))),
                @APIResponse(name = RegistryApi.STALE, description = "It changed since it was read. Code: `precondition_failed`.", content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class))),
                @APIResponse(name = RegistryApi.REUSED, description = "The Idempotency-Key was used for another request. Code: `idempotency_mismatch`.", content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class))),
                @APIResponse(name = RegistryApi.REFUSED, description = "The address may not be used, or the Idempotency-Key was used for another request. Codes: `outbound_refused`, `idempotency_mismatch`.", content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class))),
                @APIResponse(name = RegistryApi.NO_VERSION, description = "If-Match is missing. Code: `precondition_required`.", content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class))),
                @APIResponse(name = RegistryApi.AWAY, description = "The database is away or this service is starting; `Retry-After` says when to try again. Code: `dependency_unavailable`.", content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class)))}))
public class RegistryApi extends Application {

    /** Names of the shared answers, for {@code @APIResponse(ref = ..)}. */
    public static final String BAD_INPUT = "BadInput";
    public static final String NO_KEY = "NoKey";
    public static final String NOT_ALLOWED = "NotAllowed";
    public static final String UNKNOWN = "Unknown";
    public static final String CLASH = "Conflict";
    public static final String STALE = "Stale";
    public static final String REUSED = "KeyReused";
    public static final String REFUSED = "Refused";
    public static final String NO_VERSION = "NoVersion";
    public static final String AWAY = "Away";
}
