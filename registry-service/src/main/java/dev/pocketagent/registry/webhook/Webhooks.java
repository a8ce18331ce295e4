package dev.pocketagent.registry.webhook;

import java.security.SecureRandom;
import java.sql.PreparedStatement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.LockModeType;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.kit.secret.Secrets;
import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.audit.Actor;
import dev.pocketagent.registry.audit.AuditLog;
import dev.pocketagent.registry.tenant.TenantState;
import dev.pocketagent.registry.tenant.Tenants;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;

/** The webhooks in the database, inside a transaction whose row scope says which are seen. */
@ApplicationScoped
class Webhooks implements PanacheRepositoryBase<Webhook, UUID> {

    private final Tenants tenants;
    private final Secrets secrets;
    private final Deliveries deliveries;
    private final AuditLog audit;
    private final Sql sql;
    private final Clock clock;
    private final WebhookConfig config;

    @Inject
    Webhooks(Tenants tenants, Secrets secrets, Deliveries deliveries, AuditLog audit, Sql sql,
            Clock clock, WebhookConfig config) {
        this.tenants = tenants;
        this.secrets = secrets;
        this.deliveries = deliveries;
        this.audit = audit;
        this.sql = sql;
        this.clock = clock;
        this.config = config;
    }

    /**
     * Makes a webhook.
     *
     * @param owner null for the platform
     * @param about the only tenant that a webhook of the platform is about
     * @param afterSeq where the feed ends now
     */
    IssuedWebhook create(@Nullable UUID owner, @Nullable UUID about, NewWebhook wanted, String[] events, long afterSeq,
            Actor actor) {
        admit(owner);
        Instant now = now();
        byte[] secret = newSecret();
        Webhook webhook = new Webhook();
        webhook.id = Ids.next(clock);
        webhook.tenantId = owner;
        webhook.aboutTenantId = about;
        webhook.url = wanted.url();
        webhook.events = events;
        webhook.description = text(wanted.description());
        webhook.afterSeq = afterSeq;
        webhook.secret = secrets.seal(owner, Webhook.secretField(webhook.id), secret);
        webhook.enabled = true;
        webhook.createdAt = now;
        webhook.createdBy = actor.keyId();
        webhook.updatedAt = now;
        persist(webhook);
        Map<String, @Nullable Object> detail = new HashMap<>();
        detail.put("url", Webhook.origin(webhook.url));
        detail.put("events", List.of(events));
        if (about != null) {
            detail.put("tenant", about.toString());
        }
        record(webhook, actor, "webhook.create", detail);
        return IssuedWebhook.of(webhook, Signature.shown(secret));
    }

    /**
     * Parallel calls wait for each other here, so that they cannot pass the limit together; and for the tenant's erasure, so
     * that none makes a webhook behind its back.
     */
    private void admit(@Nullable UUID owner) {
        if (owner != null) {
            TenantState state = tenants.requireForChange(owner.toString()).state();
            if (state == TenantState.DELETING || state == TenantState.DELETED) {
                throw new ProblemException(WebhookProblem.TENANT_GONE,
                        "A tenant that is " + state.text() + " gets no webhooks.");
            }
        }
        int limit = owner == null ? config.maxOfPlatform() : config.maxPerTenant();
        sql.run(connection -> {
            try (PreparedStatement lock = connection
                    .prepareStatement("select pg_advisory_xact_lock(hashtextextended('webhook:' || ?, 0))")) {
                lock.setString(1, String.valueOf(owner));
                return lock.execute();
            }
        });
        long present = owner == null ? count("tenantId is null") : count("tenantId", owner);
        if (present >= limit) {
            throw new ProblemException(WebhookProblem.WEBHOOK_LIMIT,
                    limit + " webhooks are allowed, and as many are there. Delete one first.");
        }
    }

    /** Changes a webhook that was found for change; what is null stays. */
    void change(Webhook webhook, WebhookChange wanted, String @Nullable [] events, Actor actor) {
        Map<String, @Nullable Object> changes = new HashMap<>();
        if (wanted.url() != null && !wanted.url().equals(webhook.url)) {
            changes.put("url", Map.of("from", Webhook.origin(webhook.url), "to", Webhook.origin(wanted.url())));
            webhook.url = wanted.url();
        }
        if (events != null && !Arrays.equals(events, webhook.events)) {
            changes.put("events", Map.of("from", List.of(webhook.events), "to", List.of(events)));
            webhook.events = events;
        }
        if (wanted.description() != null && !Objects.equals(text(wanted.description()), webhook.description)) {
            webhook.description = text(wanted.description());
            changes.put("description", webhook.description);
        }
        if (wanted.enabled() != null && wanted.enabled() != webhook.enabled) {
            changes.put("enabled", wanted.enabled());
            enable(webhook, wanted.enabled());
        }
        if (!changes.isEmpty()) {
            webhook.changed(now());
            flush();
            record(webhook, actor, "webhook.change", changes);
        }
    }

    private void enable(Webhook webhook, boolean enabled) {
        webhook.enabled = enabled;
        webhook.disabledAt = enabled ? null : now();
        webhook.disabledReason = null;
        if (enabled) {
            webhook.failingSince = null;
            webhook.notBefore = null;
        }
        // Also when it begins again: what was fanned out at the moment of its end, or was under way in a replica that died.
        deliveries.giveUp(webhook.id);
    }

    /** Gives a webhook a new secret; the present one signs too until the overlap is over. */
    IssuedWebhook rotate(Webhook webhook, Duration overlap, Actor actor) {
        byte[] secret = newSecret();
        boolean overlaps = !overlap.isZero();
        webhook.oldSecret = overlaps ? webhook.secret : null;
        webhook.oldSecretUntil = overlaps ? now().plus(overlap) : null;
        webhook.secret = secrets.seal(webhook.tenantId, Webhook.secretField(webhook.id), secret);
        webhook.changed(now());
        flush();
        record(webhook, actor, "webhook.rotate-secret", Map.of("overlapSeconds", overlap.toSeconds()));
        return IssuedWebhook.of(webhook, Signature.shown(secret));
    }

    void remove(Webhook webhook, Actor actor) {
        delete(webhook);
        flush();
        record(webhook, actor, "webhook.delete", Map.of("url", Webhook.origin(webhook.url)));
    }

    /** That somebody had many deliveries sent again. */
    void replayed(Webhook webhook, Actor actor, Map<String, ? extends @Nullable Object> detail) {
        record(webhook, actor, "webhook.replay", detail);
    }

    @Nullable
    Webhook findForChange(UUID id) {
        return findById(id, LockModeType.PESSIMISTIC_WRITE);
    }

    /**
     * Webhooks, oldest first.
     *
     * @param tenantId only those that are this tenant's or about it; null for all
     */
    List<Webhook> page(@Nullable UUID tenantId, @Nullable UUID after, int rows) {
        List<String> conditions = new ArrayList<>(List.of("id > :after"));
        Map<String, Object> values = new HashMap<>(Map.of("after", after == null ? new UUID(0, 0) : after));
        if (tenantId != null) {
            conditions.add("(tenantId = :tenant or aboutTenantId = :tenant)");
            values.put("tenant", tenantId);
        }
        return find(String.join(" and ", conditions) + " order by id", values).page(0, rows).list();
    }

    private void record(Webhook webhook, Actor actor, String action, Map<String, ? extends @Nullable Object> detail) {
        audit.append(webhook.tenantId, actor, action, "webhook/" + webhook.id, detail);
    }

    private static byte[] newSecret() {
        byte[] secret = new byte[Signature.SECRET_BYTES];
        new SecureRandom().nextBytes(secret);
        return secret;
    }

    private static @Nullable String text(@Nullable String given) {
        return given == null || given.isBlank() ? null : given.strip();
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
