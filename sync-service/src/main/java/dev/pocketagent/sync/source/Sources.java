package dev.pocketagent.sync.source;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;

import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.InputError;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.kit.quota.Holds;
import dev.pocketagent.kit.quota.QuotaProblem;
import dev.pocketagent.kit.registry.TenantAccount;
import dev.pocketagent.kit.secret.Secrets;
import dev.pocketagent.sync.job.Cause;
import dev.pocketagent.sync.job.Operations;

/** Makes, changes and deletes sources, in the caller's transaction, whose row scope covers the tenant. */
@ApplicationScoped
class Sources {

    private static final int SECRET_BYTES = 32;

    /** A source with the secret of its webhooks. */
    record Made(Source source, String secret) {}

    private final Session database;
    private final SourceInput input;
    private final Secrets secrets;
    private final Operations operations;
    private final ErasedTenants erasedTenants;
    private final Holds holds;
    private final Clock clock;
    private final Event<LiveRevisions.Moved> moved;
    private final Event<Withdrawn> withdrawn;
    private final SecureRandom random = new SecureRandom();

    @Inject
    Sources(Session database, SourceInput input, Secrets secrets, Operations operations, ErasedTenants erasedTenants,
            Holds holds, Clock clock, Event<LiveRevisions.Moved> moved, Event<Withdrawn> withdrawn) {
        this.database = database;
        this.input = input;
        this.secrets = secrets;
        this.operations = operations;
        this.erasedTenants = erasedTenants;
        this.holds = holds;
        this.clock = clock;
        this.moved = moved;
        this.withdrawn = withdrawn;
    }

    /** Makes a source of input that was judged, and has it looked at. */
    Made make(UUID tenantId, SourceRequest.Create request, SourceAttempt attempt) {
        // Two requests at the limit would else both pass, and one could come behind the tenant's erasure.
        erasedTenants.lock(tenantId);
        if (erasedTenants.holds(tenantId)) {
            // Its own keys are dead; an operator or a service may come late.
            throw ProblemException.notFound("tenant", tenantId);
        }
        checkQuota(tenantId, attempt.account());
        checkName(tenantId, request.name(), null);
        UUID id = attempt.fresh();
        Forge forge = request.forge() == null
                ? Forge.guess(attempt.remote())
                : SourceInput.forge(request.forge());
        String secret = forge.present(freshSecret());
        Source source = new Source(id, tenantId, request.kind(), request.name(), forge.code(), new byte[0],
                input.interval(request), clock.instant());
        source.url = request.url();
        source.path = request.path();
        source.ref = SourceInput.ref(request.ref());
        source.publishTo = publishTo(tenantId, request.publishTo(), null);
        setAuth(source, request.auth());
        sealWebhookSecret(source, secret);
        attempt.keep();
        database.persist(source);
        database.flush();
        database.persist(new Live(id, tenantId));
        database.createNativeMutationQuery("insert into schedule (source_id, tenant_id, next_run)"
                + " values (:id, :tenant, now() + make_interval(secs => :wait))").setParameter("id", id)
                .setParameter("tenant", tenantId)
                .setParameter("wait", (double) source.intervalSeconds).executeUpdate();
        database.flush();
        operations.enqueue(tenantId, id, Cause.CREATED);
        return new Made(source, secret);
    }

    /** Changes a source and has it looked at; answers the secret of its webhooks if it has a new one. */
    @Nullable
    String change(Source source, SourceRequest.Change request) {
        String publishedBefore = source.publishTo;
        if (request.name() != null && !request.name().equals(source.name)) {
            checkName(source.tenantId, request.name(), source.id);
            source.name = request.name();
        }
        changePlace(source, request);
        if (request.intervalSeconds() != null) {
            source.intervalSeconds = request.intervalSeconds();
        }
        if (request.publishTo() != null) {
            source.publishTo = publishTo(source.tenantId, request.publishTo(), source.id);
        }
        String secret = changeForge(source, request);
        source.updatedAt = clock.instant();
        database.flush();
        if (publishedBefore != null && !publishedBefore.equals(source.publishTo)) {
            withdrawn.fire(new Withdrawn(source.tenantId, null, publishedBefore));
        }
        operations.enqueue(source.tenantId, source.id, Cause.CHANGED);
        moved.fire(new LiveRevisions.Moved(source.id));
        return secret;
    }

    void delete(Source source) {
        database.createNativeMutationQuery("delete from source where id = :id").setParameter("id", source.id)
                .executeUpdate();
        holds.gone(SourceHolders.name(source.id));
        moved.fire(new LiveRevisions.Moved(source.id));
        withdrawn.fire(new Withdrawn(source.tenantId, source.id, source.publishTo));
    }

    /** The registry says the last word; this names what there is here. */
    private void checkQuota(UUID tenantId, TenantAccount tenant) {
        long used = database.createQuery("select count(*) from Source where tenantId = :tenant", Long.class)
                .setParameter("tenant", tenantId).getSingleResult();
        int limit = tenant.limits().sources();
        if (used >= limit) {
            InputError error = new InputError("/sources", "sources limit " + limit + ", in use " + used);
            throw new ProblemException(QuotaProblem.QUOTA_EXCEEDED, "Plan " + tenant.limits().plan() + ": "
                    + error.detail() + ". Delete a source, or move to a larger plan.", List.of(error));
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

    private void changePlace(Source source, SourceRequest.Change request) {
        if (source.kind.equals(Source.GIT)) {
            SourceInput.onlyGit(request.path());
            if (request.url() != null && !request.url().equals(source.url)) {
                input.moved(source, request.url(), request.auth());
                source.url = request.url();
            }
            if (request.ref() != null) {
                source.ref = SourceInput.ref(request.ref());
            }
            setAuth(source, request.auth());
        } else {
            SourceInput.onlyLocal(request.url(), request.ref(), request.auth());
            if (request.path() != null) {
                input.path(request.path(), source.tenantId);
                source.path = request.path();
            }
        }
    }

    private @Nullable String changeForge(Source source, SourceRequest.Change request) {
        Forge before = SourceInput.forge(source.forge);
        Forge forge = request.forge() == null ? before : SourceInput.forge(request.forge());
        source.forge = forge.code();
        // Standard Webhooks secrets have a form of their own, so a change from or to it needs a new one.
        boolean otherForm = forge != before && (forge == Forge.STANDARD_WEBHOOKS || before == Forge.STANDARD_WEBHOOKS);
        if (!otherForm && !Boolean.TRUE.equals(request.rotateWebhookSecret())) {
            return null;
        }
        String secret = forge.present(freshSecret());
        sealWebhookSecret(source, secret);
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

    private void sealWebhookSecret(Source source, String secret) {
        source.webhookSecret = secrets.seal(source.tenantId, source.webhookSecretField(),
                secret.getBytes(StandardCharsets.UTF_8));
    }

    private @Nullable String publishTo(UUID tenantId, @Nullable String asked, @Nullable UUID except) {
        String text = input.publishTo(asked);
        if (text == null) {
            return null;
        }
        List<String> others = database
                .createQuery(
                        "select publishTo from Source where tenantId = :tenant and publishTo is not null and id <> :except",
                        String.class)
                .setParameter("tenant", tenantId).setParameter("except", except == null ? new UUID(0, 0) : except)
                .getResultList();
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
}
