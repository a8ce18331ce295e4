package dev.pocketagent.sync.source;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import jakarta.persistence.Tuple;
import jakarta.persistence.TypedQuery;
import jakarta.transaction.Transactional;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;

import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.Cursor;
import dev.pocketagent.kit.http.ETags;
import dev.pocketagent.kit.http.Idempotent;
import dev.pocketagent.kit.http.Page;
import dev.pocketagent.kit.http.Paging;
import dev.pocketagent.kit.http.QueryParams;
import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.InputError;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.kit.secret.Secrets;
import dev.pocketagent.sync.SyncConfig;
import dev.pocketagent.sync.SyncProblem;
import dev.pocketagent.sync.git.Remote;
import dev.pocketagent.sync.git.RemoteUrl;
import dev.pocketagent.sync.job.Cause;
import dev.pocketagent.sync.job.Operations;
import dev.pocketagent.sync.local.LocalRoots;
import dev.pocketagent.sync.revision.PathRules;

/** Sources: make, read, change, delete, and have one looked at now. */
@jakarta.ws.rs.Path("/api/v1/sources")
public class SourceResource {

    private static final int SECRET_BYTES = 32;

    private final Session database;
    private final RowScope rows;
    private final Caller caller;
    private final Secrets secrets;
    private final Remotes remotes;
    private final SourceLimits limits;
    private final LocalRoots localRoots;
    private final Operations operations;
    private final ErasedTenants erasedTenants;
    private final SecureRandom random = new SecureRandom();
    private final Clock clock;
    private final SyncConfig config;
    private final Event<LiveRevisions.Moved> moved;
    private final Event<Withdrawn> withdrawn;

    @Inject
    SourceResource(Session database, RowScope rows, Caller caller, Secrets secrets, Remotes remotes,
            SourceLimits limits,
            LocalRoots localRoots,
            Operations operations, ErasedTenants erasedTenants, Clock clock, SyncConfig config,
            Event<LiveRevisions.Moved> moved,
            Event<Withdrawn> withdrawn) {
        this.database = database;
        this.rows = rows;
        this.caller = caller;
        this.secrets = secrets;
        this.remotes = remotes;
        this.limits = limits;
        this.localRoots = localRoots;
        this.operations = operations;
        this.erasedTenants = erasedTenants;
        this.clock = clock;
        this.config = config;
        this.moved = moved;
        this.withdrawn = withdrawn;
    }

    @POST
    @Idempotent
    @Transactional
    @RolesAllowed({Roles.OPERATOR, Roles.SERVICE, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER})
    public Response create(@NotNull(message = "is needed") @Valid SourceRequest.Create request, @Context UriInfo uri) {
        UUID tenantId = caller.requireTenant(request.tenantId());
        boolean git = request.kind().equals(Source.GIT);
        // Before the first statement: what waits for a name server or the registry holds no connection and no lock.
        URI remote = git ? remotes.check(needed(request.url(), "/url")).uri() : null;
        SourceLimits.Limit limit = limits.of(caller, tenantId);
        rows.tenant(tenantId);
        if (erasedTenants.holds(tenantId)) {
            // Its own keys are dead; an operator or a service may come late.
            throw ProblemException.notFound("tenant", tenantId);
        }
        checkQuota(tenantId, limit);
        checkName(tenantId, request.name(), null);
        UUID id = Ids.next(clock);
        if (git) {
            refuse(request.path(), "/path", "a git source has a url, not a path");
        } else {
            checkPath(needed(request.path(), "/path"), tenantId);
            refuse(request.url(), "/url", "a local source has a path, not a url");
            refuse(request.ref(), "/ref", "a local source has no branches");
            refuse(request.auth(), "/auth", "a local source needs no credentials");
        }
        Forge forge = request.forge() == null ? Forge.guess(remote) : forge(request.forge());
        String secret = forge.present(freshSecret());
        Source source = new Source(id, tenantId, request.kind(), request.name(), forge.code(), new byte[0],
                interval(request), clock.instant());
        source.url = request.url();
        source.path = request.path();
        source.ref = ref(request.ref());
        source.publishTo = publishTo(tenantId, request.publishTo(), null);
        setAuth(source, request.auth());
        source.webhookSecret = secrets.seal(tenantId, source.webhookSecretField(),
                secret.getBytes(StandardCharsets.UTF_8));
        database.persist(source);
        database.flush();
        database.persist(new Live(id, tenantId));
        database.createNativeMutationQuery("insert into schedule (source_id, tenant_id, next_run)"
                + " values (:id, :tenant, now() + make_interval(secs => :wait))").setParameter("id", id)
                .setParameter("tenant", tenantId)
                .setParameter("wait", (double) source.intervalSeconds).executeUpdate();
        database.flush();
        operations.enqueue(tenantId, id, Cause.CREATED);
        return Response.created(URI.create("/api/v1/sources/" + id)).header(HttpHeaders.ETAG, ETags.of(source.version))
                .entity(view(source, null, null, uri, secret)).build();
    }

    @GET
    @Transactional
    @RolesAllowed({Roles.OPERATOR, Roles.SERVICE, Roles.SUPPORT, Roles.AUDITOR, Roles.TENANT_ADMIN,
            Roles.TENANT_DEVELOPER})
    public Page<SourceView> list(@QueryParam("tenant") @Nullable UUID tenant, @QueryParam("kind") @Nullable String kind,
            @QueryParam("limit") @Nullable Integer limit, @QueryParam("cursor") @Nullable String cursor,
            @Context UriInfo uri) {
        QueryParams.allow(uri, "tenant", "kind", "limit", "cursor");
        rows.of(caller);
        UUID own = tenant == null && !caller.isTenantBound() ? null : caller.requireTenant(tenant);
        int size = Paging.limit(limit);
        TypedQuery<Tuple> query = database
                .createQuery("select s, l, r from Source s left join Live l on l.sourceId = s.id"
                        + " left join RevisionRow r on r.sourceId = s.id and r.number = l.number"
                        + " where (:anyTenant = true or s.tenantId = :tenant) and (:anyKind = true or s.kind = :kind) and s.id > :after"
                        + " order by s.id", Tuple.class);
        List<Tuple> found = query.setParameter("anyTenant", own == null)
                .setParameter("tenant", own == null ? new UUID(0, 0) : own)
                .setParameter("anyKind", kind == null).setParameter("kind", kind == null ? "" : kind)
                .setParameter("after", cursor == null ? new UUID(0, 0) : uuid(Cursor.decode(cursor, 1).getFirst()))
                .setMaxResults(size + 1).getResultList();
        return Page.of(found, size,
                row -> view(row.get(0, Source.class), row.get(1, Live.class), row.get(2, RevisionRow.class), uri, null),
                row -> Cursor.encode(row.get(0, Source.class).id.toString()));
    }

    @GET
    @jakarta.ws.rs.Path("/{id}")
    @Transactional
    @RolesAllowed({Roles.OPERATOR, Roles.SERVICE, Roles.SUPPORT, Roles.AUDITOR, Roles.TENANT_ADMIN,
            Roles.TENANT_DEVELOPER})
    public Response get(@PathParam("id") UUID id, @Context UriInfo uri) {
        QueryParams.allow(uri);
        Source source = find(id);
        return answer(source, uri, null);
    }

    @PATCH
    @jakarta.ws.rs.Path("/{id}")
    @Transactional
    @RolesAllowed({Roles.OPERATOR, Roles.SERVICE, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER})
    public Response change(@PathParam("id") UUID id, @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch,
            @NotNull(message = "is needed") @Valid SourceRequest.Change request, @Context UriInfo uri) {
        Source source = find(id);
        ETags.check(ifMatch, source.version);
        String publishedBefore = source.publishTo;
        if (request.name() != null && !request.name().equals(source.name)) {
            checkName(source.tenantId, request.name(), id);
            source.name = request.name();
        }
        changePlace(source, request);
        if (request.intervalSeconds() != null) {
            source.intervalSeconds = request.intervalSeconds();
        }
        if (request.publishTo() != null) {
            source.publishTo = publishTo(source.tenantId, request.publishTo(), id);
        }
        String secret = changeForge(source, request);
        source.updatedAt = clock.instant();
        database.flush();
        if (publishedBefore != null && !publishedBefore.equals(source.publishTo)) {
            withdrawn.fire(new Withdrawn(source.tenantId, null, publishedBefore));
        }
        operations.enqueue(source.tenantId, id, Cause.CHANGED);
        moved.fire(new LiveRevisions.Moved(id));
        return answer(source, uri, secret);
    }

    @DELETE
    @jakarta.ws.rs.Path("/{id}")
    @Transactional
    @RolesAllowed({Roles.OPERATOR, Roles.SERVICE, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER})
    public Response delete(@PathParam("id") UUID id, @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch) {
        Source source = find(id);
        ETags.check(ifMatch, source.version);
        database.createNativeMutationQuery("delete from source where id = :id").setParameter("id", id).executeUpdate();
        moved.fire(new LiveRevisions.Moved(id));
        withdrawn.fire(new Withdrawn(source.tenantId, id, source.publishTo));
        return Response.noContent().build();
    }

    @POST
    @jakarta.ws.rs.Path("/{id}/sync")
    @Idempotent
    @Transactional
    @RolesAllowed({Roles.OPERATOR, Roles.SERVICE, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER})
    public Response sync(@PathParam("id") UUID id) {
        Source source = find(id);
        UUID operation = operations.enqueue(source.tenantId, id, Cause.MANUAL);
        return Response.accepted(new Queued(operation, "sync", id, source.tenantId, "queued"))
                .location(URI.create("/api/v1/operations/" + operation)).build();
    }

    /** A synchronisation that was asked for; the Location tells how it goes. */
    public record Queued(UUID id, String kind, UUID sourceId, UUID tenantId, String state) {}

    private Source find(UUID id) {
        rows.of(caller);
        Source source = database.find(Source.class, id);
        if (source == null) {
            throw ProblemException.notFound("source", id);
        }
        return source;
    }

    private Response answer(Source source, UriInfo uri, @Nullable String secret) {
        Live live = database.find(Live.class, source.id);
        Long number = live == null ? null : live.number;
        RevisionRow revision = number == null
                ? null
                : database.find(RevisionRow.class, new RevisionRow.Key(source.id, number));
        return Response.ok(view(source, live, revision, uri, secret)).header(HttpHeaders.ETAG, ETags.of(source.version))
                .build();
    }

    private SourceView view(Source source, @Nullable Live live, @Nullable RevisionRow revision, UriInfo uri,
            @Nullable String secret) {
        String base = config.publicUrl().orElseGet(() -> uri.getBaseUri().toString());
        String hook = (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + "/v1/hooks/" + source.id;
        String publishTo = source.publishTo;
        Path published = publishTo == null
                ? null
                : config.publishRoot()
                        .map(root -> root.toAbsolutePath().normalize().resolve(source.tenantId.toString())
                                .resolve(publishTo))
                        .orElse(null);
        return SourceView.of(source, live, revision, hook, published, secret, clock.instant());
    }

    private void checkQuota(UUID tenantId, SourceLimits.Limit limit) {
        // Counted under a lock: two requests at the limit would else both pass.
        database.createNativeQuery("select 1 from (select pg_advisory_xact_lock(hashtextextended(:place, 11))) x",
                Integer.class)
                .setParameter("place", "sources/" + tenantId).getSingleResult();
        long used = database.createQuery("select count(*) from Source where tenantId = :tenant", Long.class)
                .setParameter("tenant", tenantId).getSingleResult();
        if (used >= limit.sources()) {
            InputError error = new InputError("/sources", "sources limit " + limit.sources() + ", in use " + used);
            throw new ProblemException(SyncProblem.QUOTA_EXCEEDED, "Plan " + limit.plan() + ": " + error.detail()
                    + ". Delete a source, or move to a larger plan.", List.of(error));
        }
    }

    private void checkName(UUID tenantId, String name, @Nullable UUID except) {
        List<UUID> same = database
                .createQuery("select id from Source where tenantId = :tenant and name = :name", UUID.class)
                .setParameter("tenant", tenantId).setParameter("name", name).getResultList();
        if (same.stream().anyMatch(id -> !id.equals(except))) {
            throw new ProblemException(CommonProblem.CONFLICT, "The tenant already has a source named '" + name + "'.");
        }
    }

    private void checkPath(String text, UUID tenantId) {
        LocalRoots.Place place = localRoots.find(text)
                .orElseThrow(() -> ProblemException.invalid("/path", localRoots.isEmpty()
                        ? "local sources are off: the operator has opened no directory (pocket.sync.local-roots)"
                        : "must be an existing directory below one that the operator opened, written without links and '..'"));
        // The machine's directories are the operator's; a tenant's key reaches the part that is named after the tenant.
        if (caller.isTenantBound() && (place.inside().getNameCount() == 0
                || !place.inside().getName(0).toString().equals(tenantId.toString())
                        && !Objects.equals(place.inside().getName(0).toString(), caller.key().tenantSlug()))) {
            throw ProblemException.invalid("/path",
                    "must be below the directory that is named after the tenant; the operator can name others");
        }
    }

    private void changePlace(Source source, SourceRequest.Change request) {
        if (source.kind.equals(Source.GIT)) {
            refuse(request.path(), "/path", "a git source has a url, not a path");
            if (request.url() != null && !request.url().equals(source.url)) {
                RemoteUrl url = remotes.check(request.url());
                URI before = URI.create(String.valueOf(source.url));
                boolean sameHost = Objects.equals(before.getScheme(), url.uri().getScheme())
                        && Objects.equals(before.getHost(), url.uri().getHost())
                        && before.getPort() == url.uri().getPort();
                if (source.token != null && !sameHost && request.auth() == null) {
                    // Else whoever may change the URL could have the stored token sent to a host of theirs.
                    throw ProblemException.invalid("/auth",
                            "is needed with a URL on another host: send the credentials again, or an empty token for none");
                }
                source.url = request.url();
            }
            if (request.ref() != null) {
                source.ref = ref(request.ref());
            }
            setAuth(source, request.auth());
        } else {
            refuse(request.url(), "/url", "a local source has a path, not a url");
            refuse(request.ref(), "/ref", "a local source has no branches");
            refuse(request.auth(), "/auth", "a local source needs no credentials");
            if (request.path() != null) {
                checkPath(request.path(), source.tenantId);
                source.path = request.path();
            }
        }
    }

    private @Nullable String changeForge(Source source, SourceRequest.Change request) {
        Forge before = forge(source.forge);
        Forge forge = request.forge() == null ? before : forge(request.forge());
        source.forge = forge.code();
        // Standard Webhooks secrets have a form of their own, so a change from or to it needs a new one.
        boolean otherForm = forge != before && (forge == Forge.STANDARD_WEBHOOKS || before == Forge.STANDARD_WEBHOOKS);
        if (!otherForm && !Boolean.TRUE.equals(request.rotateWebhookSecret())) {
            return null;
        }
        String secret = forge.present(freshSecret());
        source.webhookSecret = secrets.seal(source.tenantId, source.webhookSecretField(),
                secret.getBytes(StandardCharsets.UTF_8));
        return secret;
    }

    private void setAuth(Source source, SourceRequest.@Nullable Auth auth) {
        if (auth == null) {
            return;
        }
        String username = auth.username();
        source.username = username == null || username.isEmpty() || auth.token().isEmpty() ? null : username;
        source.token = auth.token().isEmpty()
                ? null
                : secrets.seal(source.tenantId, source.tokenField(), auth.token().getBytes(StandardCharsets.UTF_8));
    }

    private int interval(SourceRequest.Create request) {
        if (request.intervalSeconds() != null) {
            return request.intervalSeconds();
        }
        return (int) (request.kind().equals(Source.GIT) ? config.jobs().gitInterval() : config.jobs().localInterval())
                .toSeconds();
    }

    private @Nullable String publishTo(UUID tenantId, @Nullable String text, @Nullable UUID except) {
        if (text == null || text.isEmpty()) {
            return null;
        }
        if (config.publishRoot().isEmpty()) {
            throw ProblemException.invalid("/publishTo",
                    "publishing is off: the operator has set no pocket.sync.publish-root");
        }
        if (text.length() > 200 || PathRules.pathBrokenBy(text).isPresent()) {
            throw ProblemException.invalid("/publishTo",
                    "must be a relative path of plain names, at most 200 characters");
        }
        List<String> others = new ArrayList<>(database
                .createQuery(
                        "select publishTo from Source where tenantId = :tenant and publishTo is not null and id <> :except",
                        String.class)
                .setParameter("tenant", tenantId).setParameter("except", except == null ? new UUID(0, 0) : except)
                .getResultList());
        for (String other : others) {
            if ((other + "/").startsWith(text + "/") || (text + "/").startsWith(other + "/")) {
                throw new ProblemException(CommonProblem.CONFLICT, "Another source publishes to '" + other
                        + "': two sources cannot share a folder, nor can one be inside the other.");
            }
        }
        return text;
    }

    private byte[] freshSecret() {
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        return secret;
    }

    private static @Nullable String ref(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return null;
        }
        if (!Remote.isRefName(text)) {
            throw ProblemException.invalid("/ref", "must be a branch or tag, such as main or refs/tags/v1");
        }
        return text;
    }

    private static Forge forge(String code) {
        return Forge.of(code).orElseThrow(
                () -> ProblemException.invalid("/forge", "must be one of " + String.join(", ", Forge.codes())));
    }

    private static String needed(@Nullable String value, String pointer) {
        if (value == null || value.isBlank()) {
            throw ProblemException.invalid(pointer, "is needed for this kind of source");
        }
        return value;
    }

    private static void refuse(@Nullable Object value, String pointer, String detail) {
        if (value != null) {
            throw ProblemException.invalid(pointer, detail);
        }
    }

    private static UUID uuid(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException notOurs) {
            throw ProblemException.invalid("?cursor", "is not a cursor of this list");
        }
    }
}
