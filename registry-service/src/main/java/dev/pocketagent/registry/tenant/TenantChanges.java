package dev.pocketagent.registry.tenant;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.transaction.Transactional.TxType;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.kit.http.ErasedAnswers;
import dev.pocketagent.kit.http.OneLine;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.kit.secret.Secrets;
import dev.pocketagent.registry.audit.Actor;
import dev.pocketagent.registry.audit.AuditLog;
import dev.pocketagent.registry.audit.Recorded;
import dev.pocketagent.registry.event.Outbox;
import dev.pocketagent.registry.plan.LimitOverrides;
import dev.pocketagent.registry.plan.PlanView;
import dev.pocketagent.registry.plan.Plans;
import dev.pocketagent.registry.quota.Quotas;
import dev.pocketagent.registry.tenant.TenantLifecycle.Outcome;
import dev.pocketagent.registry.tenant.TenantLifecycle.Step;

/**
 * Every change of a tenant, each with its record in the trail and its event. Inside the caller's transaction, whose row
 * scope sees all tenants, and on a tenant that the caller has locked ({@link Tenants#requireForChange}). Wrong values end
 * in a {@link ProblemException} that points at the field, and then the caller's transaction must not commit.
 */
@ApplicationScoped
@Transactional(TxType.MANDATORY)
public class TenantChanges {

    static final String ONE_LINE = OneLine.REGEX;
    static final int LONGEST_REASON = 500;
    private static final int LONGEST_NAME = 100;
    private static final Pattern EXTERNAL_NAME = Pattern.compile("[a-z][a-z0-9_]{0,63}");
    private static final int LONGEST_EXTERNAL_ID = 200;
    private static final int MOST_EXTERNAL_IDS = 20;
    /** Begin of the slugs of erased tenants. */
    private static final String GONE = "deleted-";

    private final Tenants tenants;
    private final Plans plans;
    private final Quotas quotas;
    private final AuditLog audit;
    private final Outbox outbox;
    private final Secrets secrets;
    private final ErasedAnswers answers;
    private final Event<TenantPurged> purged;
    private final DeletionConfig deletion;
    private final Clock clock;

    @Inject
    TenantChanges(Tenants tenants, Plans plans, Quotas quotas, AuditLog audit, Outbox outbox, Secrets secrets,
            ErasedAnswers answers, Event<TenantPurged> purged, DeletionConfig deletion, Clock clock) {
        this.tenants = tenants;
        this.plans = plans;
        this.quotas = quotas;
        this.audit = audit;
        this.outbox = outbox;
        this.secrets = secrets;
        this.answers = answers;
        this.purged = purged;
        this.deletion = deletion;
        this.clock = clock;
    }

    /**
     * Makes a tenant, active at once.
     *
     * @param slug a DNS label of at most 40 characters; never changes
     * @param plan {@code team} for its newest version, {@code team@1} for that one
     * @param overrides its own limits, where the plan allows them
     * @return what it is now; to change it in the same transaction, lock it as any other
     * @throws ProblemException 400, or 409 {@code slug_taken}
     */
    public Tenant create(String slug, String name, String plan, @Nullable LimitOverrides overrides, Actor actor) {
        if (!Tenants.isSlug(slug)) {
            throw ProblemException.invalid("/slug", Tenants.SLUG_RULE);
        }
        if (slug.startsWith(GONE)) {
            throw ProblemException.invalid("/slug", "must not begin with " + GONE + ", as erased tenants do");
        }
        PlanView version = plans.require(plan);
        LimitOverrides own = overrides == null ? null : own(overrides, version);
        Instant now = now();
        Tenant tenant = new Tenant();
        tenant.externalIds = Map.of();
        tenant.id = Ids.next(clock);
        tenant.slug = slug;
        tenant.name = name(name);
        tenant.plan = version.name();
        tenant.planVersion = version.version();
        tenant.overrides = own == null ? null : own.json();
        tenant.state = TenantState.ACTIVE.text();
        tenant.createdAt = now;
        tenant.updatedAt = now;
        tenant.stateChangedAt = now;
        tenant.stateChangedBy = actor.keyId();
        if (!tenants.add(tenant)) {
            throw new ProblemException(TenantProblem.SLUG_TAKEN, "Choose another slug than '" + slug + "'.");
        }
        Map<String, Object> detail = new HashMap<>(
                Map.of("slug", slug, "name", tenant.name, "plan", tenant.plan, "planVersion", tenant.planVersion));
        if (own != null) {
            detail.put("overrides", own.named());
        }
        tell(tenant, audit.appendFirst(tenant.id, actor, "tenant.create", target(tenant), detail), "tenant.created");
        return tenant;
    }

    /**
     * Renames a tenant, moves it up or down to a version of a plan, changes its own limits. A plan that allows no limits of
     * its own ends those that the tenant has. What it holds beyond smaller limits it keeps; it is over quota then.
     *
     * @param name null to keep it
     * @param plan as for {@link #create}; null to keep plan and version
     * @param overrides null to keep them
     */
    public void change(Tenant tenant, @Nullable String name, @Nullable String plan, @Nullable OverridesChange overrides,
            Actor actor) {
        mustBeThere(tenant);
        Map<String, Object> changes = new HashMap<>();
        if (name != null && !name(name).equals(tenant.name)) {
            changes.put("name", Map.of("from", tenant.name, "to", name(name)));
            tenant.name = name(name);
        }
        PlanView present = plans.version(tenant.plan, tenant.planVersion).orElseThrow();
        PlanView version = plan == null ? present : plans.require(plan);
        if (!version.name().equals(tenant.plan) || version.version() != tenant.planVersion) {
            changes.put("plan", Map.of("from", tenant.plan + "@" + tenant.planVersion, "to",
                    version.name() + "@" + version.version()));
            tenant.plan = version.name();
            tenant.planVersion = version.version();
        }
        LimitOverrides before = tenant.overrides();
        LimitOverrides wanted = overrides == null ? before : overrides.to();
        boolean lost = overrides == null && !version.overridable();
        LimitOverrides own = wanted == null || lost ? null : own(wanted, version);
        if (!Objects.equals(own, before)) {
            Map<String, @Nullable Object> change = new HashMap<>();
            change.put("from", before == null ? null : before.named());
            change.put("to", own == null ? null : own.named());
            if (lost) {
                change.put("because", "the plan " + version.name() + "@" + version.version() + " allows none");
            }
            changes.put("overrides", change);
            tenant.overrides = own == null ? null : own.json();
        }
        if (!changes.isEmpty()) {
            tenant.changed(now());
            record(tenant, actor, "tenant.update", "tenant.updated", changes);
        }
    }

    /**
     * Notes or forgets what a tenant is called in another system.
     *
     * @param name for example {@code coolify_project_uuid}
     * @param value null to forget it; blanks at its ends are dropped
     */
    public void externalId(Tenant tenant, String name, @Nullable String value, Actor actor) {
        mustBeThere(tenant);
        if (!EXTERNAL_NAME.matcher(name).matches()) {
            throw ProblemException.invalid("{name}",
                    "must be 1 to 64 small letters, digits and underscores, and begin with a letter");
        }
        if (value != null && (value.isBlank() || value.length() > LONGEST_EXTERNAL_ID || !value.matches(ONE_LINE))) {
            throw ProblemException.invalid("/value",
                    "must be one line of 1 to " + LONGEST_EXTERNAL_ID + " characters");
        }
        String id = value == null ? null : value.strip();
        String before = tenant.externalIds.get(name);
        if (Objects.equals(before, id)) {
            return;
        }
        Map<String, String> ids = new HashMap<>(tenant.externalIds);
        if (id == null) {
            ids.remove(name);
        } else {
            ids.put(name, id);
        }
        if (ids.size() > MOST_EXTERNAL_IDS) {
            throw ProblemException.invalid("{name}", "would be more than " + MOST_EXTERNAL_IDS
                    + " external ids of one tenant; delete one first");
        }
        tenant.externalIds = Map.copyOf(ids);
        tenant.changed(now());
        Map<String, @Nullable Object> detail = new HashMap<>();
        detail.put("name", name);
        detail.put("from", before);
        detail.put("to", id);
        record(tenant, actor, "tenant.external-id", "tenant.updated", detail);
    }

    /** Stops everything of a tenant and keeps its data. */
    public void suspend(Tenant tenant, String reason, Actor actor) {
        step(tenant, Step.SUSPEND, reason, actor);
    }

    /** Lets a suspended tenant work again. */
    public void resume(Tenant tenant, String reason, Actor actor) {
        step(tenant, Step.RESUME, reason, actor);
    }

    /** Stops everything of a tenant and begins its days of grace, after which its data is erased. */
    public void delete(Tenant tenant, String reason, Actor actor) {
        step(tenant, Step.DELETE, reason, actor);
    }

    /** Takes a deletion back: the tenant is as it was before. */
    public void undelete(Tenant tenant, String reason, Actor actor) {
        step(tenant, Step.UNDELETE, reason, actor);
    }

    /**
     * Erases a tenant that is being deleted: what other features hold of it, its data key and with it everything sealed,
     * what its events told, its name. What stays is a tombstone under its id and an audit trail that still verifies, so the
     * record for everybody to read is in the platform's own, without anything personal.
     */
    public void purge(Tenant tenant, String reason, Actor actor) {
        move(tenant, Step.PURGE, reason, actor);
        Map<String, Object> known = Map.of("plan", tenant.plan + "@" + tenant.planVersion, "createdAt",
                tenant.createdAt.toString());
        purged.fire(new TenantPurged(tenant.id));
        quotas.clear(tenant.id);
        tenant.slug = GONE + tenant.id.toString().replace("-", "");
        tenant.name = "erased";
        tenant.reason = null;
        tenant.overrides = null;
        tenant.externalIds = Map.of();
        tenants.flush();
        Recorded recorded = audit.append(tenant.id, actor, "tenant.purge", target(tenant),
                Map.of("reason", reason.strip()));
        audit.append(null, actor, "tenant.purge", target(tenant), known);
        outbox.forget(tenant.id);
        secrets.destroy(tenant.id);
        answers.delete(tenant.id);
        tell(tenant, recorded, "tenant.purged");
    }

    private void step(Tenant tenant, Step step, String reason, Actor actor) {
        move(tenant, step, reason, actor);
        Map<String, Object> detail = new HashMap<>(Map.of("reason", reason.strip()));
        Instant end = tenant.purgeAfter;
        if (end != null) {
            detail.put("purgeAfter", end.toString());
        }
        record(tenant, actor, "tenant." + step.text(), "tenant." + step.past(), detail);
    }

    private void move(Tenant tenant, Step step, String reason, Actor actor) {
        if (reason.isBlank() || reason.length() > LONGEST_REASON || !reason.matches(ONE_LINE)) {
            throw ProblemException.invalid("/reason", "must be one line of 1 to " + LONGEST_REASON + " characters");
        }
        TenantState before = tenant.stateBefore == null
                ? null
                : TenantState.ofText(tenant.stateBefore).orElseThrow();
        switch (TenantLifecycle.ask(tenant.state(), before, step)) {
            case Outcome.Moved(TenantState to) -> {
                Instant now = now();
                boolean deleting = to == TenantState.DELETING;
                tenant.stateBefore = deleting ? tenant.state : null;
                tenant.purgeAfter = deleting ? now.plus(deletion.deletionGrace()) : null;
                tenant.state = to.text();
                tenant.reason = reason.strip();
                tenant.stateChangedAt = now;
                tenant.stateChangedBy = actor.keyId();
                tenant.changed(now);
            }
            case Outcome.Refused(List<Step> allowed) -> throw new ProblemException(TenantProblem.ILLEGAL_TRANSITION,
                    "The tenant is " + tenant.state + ". From there " + (allowed.isEmpty()
                            ? "no step is possible."
                            : "these steps are possible: " + allowed.stream().map(Step::text)
                                    .collect(Collectors.joining(", ")) + "."));
        }
    }

    /** The overrides when a plan allows them; null for none. */
    private @Nullable LimitOverrides own(LimitOverrides wanted, PlanView version) {
        if (wanted.none()) {
            return null;
        }
        if (!version.overridable()) {
            throw ProblemException.invalid("/overrides", "the plan " + version.name() + "@" + version.version()
                    + " allows no limits of a tenant's own. Leave this out, or use one of "
                    + plans.newest().stream().filter(PlanView::overridable).map(PlanView::name)
                            .collect(Collectors.joining(", ")));
        }
        wanted.check("/overrides", version.limits());
        return wanted;
    }

    private static String name(String name) {
        if (name.isBlank() || name.length() > LONGEST_NAME || !name.matches(ONE_LINE)) {
            throw ProblemException.invalid("/name", "must be one line of 1 to " + LONGEST_NAME + " characters");
        }
        return name.strip();
    }

    private static void mustBeThere(Tenant tenant) {
        if (tenant.state() == TenantState.DELETED) {
            throw new ProblemException(TenantProblem.TENANT_INACTIVE,
                    "The tenant is erased; nothing of it can change.");
        }
    }

    private void record(Tenant tenant, Actor actor, String action, String eventType, Map<String, ?> detail) {
        // The trail's lock comes last: a new limit locks the quota, whose holders wait for the trail.
        tenants.flush();
        tenants.getEntityManager().refresh(tenant);
        tell(tenant, audit.append(tenant.id, actor, action, target(tenant), detail), eventType);
    }

    private void tell(Tenant tenant, Recorded recorded, String eventType) {
        Map<String, @Nullable Object> data = new HashMap<>();
        data.put("slug", tenant.slug);
        data.put("name", tenant.name);
        data.put("plan", tenant.plan);
        data.put("planVersion", tenant.planVersion);
        data.put("state", tenant.state);
        data.put("reason", tenant.reason);
        data.put("overQuota", tenant.overQuota);
        data.put("purgeAfter", tenant.purgeAfter == null ? null : tenant.purgeAfter.toString());
        outbox.publish(recorded, eventType, data);
    }

    private static String target(Tenant tenant) {
        return "tenant/" + tenant.id;
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
