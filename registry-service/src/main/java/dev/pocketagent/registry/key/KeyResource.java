package dev.pocketagent.registry.key;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
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
import dev.pocketagent.kit.auth.Duties;
import dev.pocketagent.kit.auth.KeyInfo;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.auth.Scope;
import dev.pocketagent.kit.auth.Verdict;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.Cursor;
import dev.pocketagent.kit.http.ETags;
import dev.pocketagent.kit.http.Idempotent;
import dev.pocketagent.kit.http.Page;
import dev.pocketagent.kit.http.Paging;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.RegistryApi;
import dev.pocketagent.registry.audit.Actor;
import dev.pocketagent.registry.tenant.Tenant;
import dev.pocketagent.registry.tenant.Tenants;

/** Single keys, the platform's own keys, and the check of keys for the other services. */
@Path("/api/v1/keys")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "keys")
public class KeyResource {

    private static final Set<String> OF_PLATFORM = Set.of(Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.SERVICE);

    /**
     * Asks whether a key is good.
     *
     * @param sha256 of the whole key as ASCII text
     */
    @Schema(name = "KeyQuestion", examples = """
            {"sha256":"5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"}""")
    public record Question(
            @NotNull(message = "is needed") @Pattern(regexp = "[0-9a-f]{64}", message = "must be 64 small hex digits") String sha256) {}

    /**
     * Whether a key is good.
     *
     * @param code {@code valid}, or why it is not
     * @param key only for a valid key
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @Schema(name = "KeyVerdict", examples = """
            {"code":"valid","key":{"keyId":"01993c52-7f2a-7c1e-9a61-0f5a3f0c7d11","kind":"TENANT","role":"tenant-developer",
             "scopes":[],"tenantId":"01993c52-1111-7c1e-9a61-0f5a3f0c7d11","tenantSlug":"acme","tenantState":"active",
             "plan":{"plan":"team","version":1,"stacks":10,"cpuMillis":10000,"memoryMib":20480,"diskMib":102400,"keys":50,
             "sources":10,"requestsPerMinute":300,"tokensPerMinute":500000,"monthlyBudgetMicros":100000000,
             "models":["*"],"templates":["web"],"dailyBackup":true},"expiresAt":null}}""")
    public record Answer(
            @Schema(enumeration = {"valid", "unknown", "revoked", "expired", "tenant_suspended",
                    "tenant_deleted"}) String code,
            @Nullable KeyInfo key){}

    private final Keys keys;
    private final Tenants tenants;
    private final LocalKeySource source;
    private final RowScope rows;
    private final Caller caller;

    @Inject
    KeyResource(Keys keys, Tenants tenants, LocalKeySource source, RowScope rows, Caller caller) {
        this.keys = keys;
        this.tenants = tenants;
        this.source = source;
        this.rows = rows;
        this.caller = caller;
    }

    /** Checks a key for another service. */
    @POST
    @Path("/verify")
    @RolesAllowed({Roles.SERVICE, Duties.VERIFY_KEYS})
    @Operation(operationId = "verifyKey", summary = "Check a key", description = "For services: tells by a key's SHA-256 whether it is good now, with its tenant's state and plan limits in the same answer. Also an unknown key is a 200; the code says so.")
    @APIResponse(responseCode = "200", description = "The verdict.", content = @Content(schema = @Schema(implementation = Answer.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Answer verify(@NotNull @Valid Question question, @Context UriInfo uri) {
        QueryParams.allow(uri);
        return switch (source.lookUp(question.sha256())) {
            case Verdict.Valid(KeyInfo key) -> new Answer("valid", key);
            case Verdict.Invalid(String code) -> new Answer(code, null);
            case Verdict.Unavailable(String reason) ->
                throw ProblemException.unavailable(reason, Duration.ofSeconds(2));
            case Verdict.Limited ignored -> throw new IllegalStateException("A source never limits");
        };
    }

    /** Makes a key of the platform. */
    @POST
    @RolesAllowed(Roles.OPERATOR)
    @Transactional
    @Idempotent
    @Operation(operationId = "createKey", summary = "Issue a key of the platform", description = "Roles: `operator`, `support`, `auditor`, `service`. The answer holds the secret, which is never shown again.")
    @Parameter(name = "Idempotency-Key", in = ParameterIn.HEADER, description = "Makes a retry safe: the same key gives the first answer again, with the same secret, for 24 hours.", schema = @Schema(type = SchemaType.STRING))
    @APIResponse(responseCode = "201", description = "The key with its secret; `Location` and `ETag` are set.", content = @Content(schema = @Schema(implementation = IssuedKey.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "409", description = "Code: `idempotency_in_progress`.", ref = RegistryApi.CLASH)
    @APIResponse(responseCode = "422", ref = RegistryApi.REUSED)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response create(@NotNull @Valid NewKey wanted, @Context UriInfo uri) {
        QueryParams.allow(uri);
        checkGrant(wanted, caller, OF_PLATFORM);
        rows.allTenants();
        IssuedKey issued = keys.issue(null, wanted, latestEnd(caller), Actor.of(caller));
        return Response.created(URI.create("/api/v1/keys/" + issued.id())).header("ETag", ETags.of(issued.version()))
                .entity(issued).build();
    }

    /** The platform's own keys, oldest first. */
    @GET
    @RolesAllowed({Roles.OPERATOR, Roles.AUDITOR})
    @Transactional
    @Operation(operationId = "listKeys", summary = "List the platform's keys", description = "Keys of operators, support, auditors and services; oldest first, ended ones included unless `state` says otherwise. Never shows a secret.")
    @APIResponse(responseCode = "200", description = "A page of keys.")
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Page<KeyView> list(
            @QueryParam("limit") @Parameter(description = "Keys a page, 1 to 200; 50 unless told.", example = "50") @Nullable Integer limit,
            @QueryParam("cursor") @Parameter(description = "`nextCursor` of the page before.") @Nullable String cursor,
            @QueryParam("role") @Parameter(description = "operator, support, auditor or service.", example = "service") @Nullable String role,
            @QueryParam("state") @Parameter(description = "active, expired or revoked.", example = "active") @Nullable String state,
            @Context UriInfo uri) {
        QueryParams.allow(uri, "limit", "cursor", "role", "state");
        int size = Paging.limit(limit);
        checkRole(role, "?role", OF_PLATFORM);
        KeyState only = KeyState.asked(state);
        rows.allTenants();
        List<StoredKey> found = keys.page(null, role, only, after(cursor), size + 1);
        return Page.of(found, size, keys::view, KeyResource::cursor);
    }

    /** One key. */
    @GET
    @Path("/{id}")
    @RolesAllowed({Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.SERVICE, Roles.TENANT_ADMIN})
    @Transactional
    @Operation(operationId = "getKey", summary = "Read a key", description = "Never shows the secret.")
    @APIResponse(responseCode = "200", description = "The key; `ETag` is set.", content = @Content(schema = @Schema(implementation = KeyView.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response get(UUID id, @Context UriInfo uri) {
        QueryParams.allow(uri);
        rows.of(caller);
        StoredKey key = visible(keys.findById(id), id);
        return Response.ok(keys.view(key)).header("ETag", ETags.of(key.version)).build();
    }

    /** Lets a new key take over. */
    @POST
    @Path("/{id}/rotate")
    @RolesAllowed({Roles.OPERATOR, Roles.TENANT_ADMIN, Roles.SERVICE})
    @Transactional
    @Idempotent
    @Operation(operationId = "rotateKey", summary = "Rotate a key", description = """
            Makes a new key with the same tenant, name, role, scopes and, unless `expiresAt` says otherwise, end; it never lasts \
            longer than the key that the call is made with, an operator's excepted. The old one \
            goes on for `overlapSeconds`, a day unless told, and never longer than it would have; 0 revokes it at once. The new \
            one takes its place in the quota, so this works at the plan's limit, too; only as many replaced keys as the plan \
            allows keys may be open at once. The answer holds the secret, which is never shown again. Services may rotate \
            `agent` keys only.""")
    @Parameter(name = "Idempotency-Key", in = ParameterIn.HEADER, description = "Makes a retry safe: the same key gives the first answer again, with the same secret, for 24 hours.", schema = @Schema(type = SchemaType.STRING))
    @APIResponse(responseCode = "201", description = "The new key with its secret; `replaces` is the old key's id, `Location` and `ETag` are set.", content = @Content(schema = @Schema(implementation = IssuedKey.class)))
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "409", description = "Codes: `key_ended`, `key_replaced`, `key_limit`, `tenant_gone`, `idempotency_in_progress`.", ref = RegistryApi.CLASH)
    @APIResponse(responseCode = "422", ref = RegistryApi.REUSED)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public Response rotate(UUID id, @NotNull @Valid Rotation wanted, @Context UriInfo uri) {
        QueryParams.allow(uri);
        rows.of(caller);
        UUID owner = keys.ownerOf(id);
        Tenant tenant = owner == null ? null : tenants.requireForChange(owner.toString());
        StoredKey key = visible(keys.findForChange(id), id);
        mustManage(key, "rotate");
        if (!Scope.cover(caller.key().scopes(), Set.of(key.scopes))) {
            throw new ProblemException(CommonProblem.FORBIDDEN,
                    "This key has fewer scopes than the one it would get the secret of.");
        }
        IssuedKey issued = keys.rotate(tenant, key, wanted, latestEnd(caller), Actor.of(caller));
        return Response.created(URI.create("/api/v1/keys/" + issued.id())).header("ETag", ETags.of(issued.version()))
                .entity(issued).build();
    }

    /** Ends a key for good. */
    @DELETE
    @Path("/{id}")
    @RolesAllowed({Roles.OPERATOR, Roles.TENANT_ADMIN, Roles.SERVICE})
    @Transactional
    @Operation(operationId = "revokeKey", summary = "Revoke a key", description = "For good; every service refuses it within 5 seconds. It stays in lists, marked as revoked. Services may revoke `agent` keys only.")
    @APIResponse(responseCode = "204", description = "It is revoked.")
    @APIResponse(responseCode = "400", ref = RegistryApi.BAD_INPUT)
    @APIResponse(responseCode = "401", ref = RegistryApi.NO_KEY)
    @APIResponse(responseCode = "403", ref = RegistryApi.NOT_ALLOWED)
    @APIResponse(responseCode = "404", ref = RegistryApi.UNKNOWN)
    @APIResponse(responseCode = "412", ref = RegistryApi.STALE)
    @APIResponse(responseCode = "428", ref = RegistryApi.NO_VERSION)
    @APIResponse(responseCode = "503", ref = RegistryApi.AWAY)
    public void revoke(UUID id,
            @HeaderParam("If-Match") @Parameter(description = "The ETag that was read.", example = "\"0\"") @Nullable String ifMatch,
            @Context UriInfo uri) {
        QueryParams.allow(uri);
        rows.of(caller);
        StoredKey key = visible(keys.findForChange(id), id);
        mustManage(key, "revoke");
        ETags.check(ifMatch, key.version);
        keys.revoke(key, Actor.of(caller));
    }

    private StoredKey visible(@Nullable StoredKey key, UUID id) {
        UUID own = caller.tenantId();
        if (key == null || own != null && !own.equals(key.tenantId)) {
            throw ProblemException.notFound("key", id);
        }
        return key;
    }

    private void mustManage(StoredKey key, String what) {
        if (!KeyRules.manageable(caller.role()).contains(key.role)) {
            throw new ProblemException(CommonProblem.FORBIDDEN, "A key with role '" + caller.role() + "' may not "
                    + what + " one with role '" + key.role + "'.");
        }
    }

    /**
     * Whether this caller may give such a key.
     *
     * @throws ProblemException 400 for a role or scope that does not exist here, 403 for one that this caller may not give
     */
    static void checkGrant(NewKey wanted, Caller caller, Set<String> possible) {
        checkRole(wanted.role(), "/role", possible);
        Set<String> scopes = wanted.scopes() == null ? Set.of() : wanted.scopes();
        boolean ofService = wanted.role().equals(Roles.SERVICE);
        for (String scope : scopes) {
            if (!Scope.CATALOGUE.contains(scope) && !(ofService && Duties.ALL.contains(scope))) {
                throw ProblemException.invalid("/scopes", "'" + scope + "' is no scope of this role; known are "
                        + String.join(", ", Scope.CATALOGUE) + "; and for the role 'service' only "
                        + String.join(", ", Duties.ALL));
            }
        }
        if (!KeyRules.manageable(caller.role()).contains(wanted.role())) {
            throw new ProblemException(CommonProblem.FORBIDDEN, "A key with role '" + caller.role()
                    + "' may not issue one with role '" + wanted.role() + "'.");
        }
        Set<String> own = caller.key().scopes();
        if (!Scope.cover(own, scopes)) {
            throw new ProblemException(CommonProblem.FORBIDDEN,
                    "This key has scopes, so a key that it issues needs some,"
                            + " too, and none beyond " + String.join(", ", new TreeSet<>(own)) + ".");
        }
    }

    /** Until when a key may last that this caller makes; null for ever. Operators decide how long others last. */
    static @Nullable Instant latestEnd(Caller caller) {
        return caller.role().equals(Roles.OPERATOR) ? null : caller.key().expiresAt();
    }

    static void checkRole(@Nullable String role, String pointer, Set<String> possible) {
        if (role != null && !possible.contains(role)) {
            throw ProblemException.invalid(pointer, "must be one of " + String.join(", ", new TreeSet<>(possible)));
        }
    }

    static @Nullable UUID after(@Nullable String cursor) {
        if (cursor == null) {
            return null;
        }
        try {
            return UUID.fromString(Cursor.decode(cursor, 1).getFirst());
        } catch (IllegalArgumentException e) {
            throw ProblemException.invalid("?cursor", "is not a cursor of this list");
        }
    }

    static String cursor(StoredKey key) {
        return Cursor.encode(key.id.toString());
    }
}
