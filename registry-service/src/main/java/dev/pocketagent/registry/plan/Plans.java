package dev.pocketagent.registry.plan;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.auth.PlanLimits;
import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.InputError;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.audit.Actor;
import dev.pocketagent.registry.audit.AuditLog;
import dev.pocketagent.registry.event.Outbox;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;

/** The catalogue of plans. */
@ApplicationScoped
public class Plans implements PanacheRepositoryBase<PlanVersion, String> {

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,39}");
    private static final Pattern REFERENCE = Pattern.compile("(" + NAME.pattern() + ")(?:@([1-9][0-9]{0,8}))?");
    /** What all new plans are measured against: nothing is allowed. */
    private static final PlanLimits NOTHING = new PlanLimits("", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, List.of(), List.of(),
            false, 0);

    /** Versions never change, so what was read once holds as long as this process. */
    private final Map<String, PlanView> known = new ConcurrentHashMap<>();
    private final Sql sql;
    private final AuditLog audit;
    private final Outbox outbox;
    private final Clock clock;

    @Inject
    Plans(Sql sql, AuditLog audit, Outbox outbox, Clock clock) {
        this.sql = sql;
        this.audit = audit;
        this.outbox = outbox;
        this.clock = clock;
    }

    /** Whether a plan could have this name. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    /** The newest version of every plan, smallest plan first. */
    @Transactional
    public List<PlanView> newest() {
        return list(
                "from PlanVersion p where p.version = (select max(q.version) from PlanVersion q where q.plan = p.plan)"
                        + " order by p.rank, p.plan")
                .stream().map(PlanVersion::view).toList();
    }

    /** The newest version of one plan. */
    @Transactional
    public Optional<PlanView> newest(String plan) {
        // Only its number can be another one than before: the version itself is known.
        int newest = sql.run(connection -> {
            try (PreparedStatement query = connection
                    .prepareStatement("select max(version) from plan_version where plan = ?")) {
                query.setString(1, plan);
                try (ResultSet row = query.executeQuery()) {
                    return row.next() ? row.getInt(1) : 0;
                }
            }
        });
        return newest == 0 ? Optional.empty() : version(plan, newest);
    }

    /** One version of a plan. */
    @Transactional
    public Optional<PlanView> version(String plan, int version) {
        PlanView view = known.get(PlanView.id(plan, version));
        if (view == null) {
            PlanVersion found = findById(PlanView.id(plan, version));
            if (found == null) {
                return Optional.empty();
            }
            view = found.view();
            known.put(found.id, view);
        }
        return Optional.of(view);
    }

    /** Versions of a plan below a number, newest first. */
    List<PlanView> versions(String plan, int below, int rows) {
        return find("plan = ?1 and version < ?2 order by version desc", plan, below).page(0, rows).stream()
                .map(PlanVersion::view).toList();
    }

    /**
     * The version that somebody means.
     *
     * @param reference {@code team} for the newest version, {@code team@1} for that one
     * @throws ProblemException 400 that points at {@code /plan} and names the plans there are
     */
    @Transactional
    public PlanView require(String reference) {
        Matcher parts = REFERENCE.matcher(reference);
        Optional<PlanView> found = Optional.empty();
        if (parts.matches()) {
            found = parts.group(2) == null
                    ? newest(parts.group(1))
                    : version(parts.group(1), Integer.parseInt(parts.group(2)));
        }
        return found.orElseThrow(() -> ProblemException.invalid("/plan", "must be one of "
                + newest().stream().map(PlanView::name).collect(Collectors.joining(", "))
                + ", or a version of one of them such as team@1"));
    }

    /**
     * What a version of a plan allows.
     *
     * @throws IllegalStateException when there is no such version; the database's foreign key rules that out for tenants
     */
    public PlanLimits pinned(String plan, int version) {
        PlanView view = known.get(PlanView.id(plan, version));
        return (view != null
                ? view
                : version(plan, version)
                        .orElseThrow(() -> new IllegalStateException("There is no plan " + plan + "@" + version)))
                .limits();
    }

    /**
     * What a tenant may have: its plan's limits, with its own in their place.
     *
     * @param overrides as {@link LimitOverrides#json} writes them; null for none
     */
    public PlanLimits effective(String plan, int version, @Nullable String overrides) {
        PlanLimits limits = pinned(plan, version);
        return overrides == null ? limits : LimitOverrides.parse(overrides).on(limits);
    }

    /**
     * Adds the next version of a plan, or the first of a new one. Tenants stay on the version they have.
     *
     * @param wanted what differs from the version before; everything for a new plan
     * @param rank null to keep it; needed for a new plan
     * @param overridable null to keep it
     */
    @Transactional(Transactional.TxType.MANDATORY)
    PlanView add(String name, LimitOverrides wanted, @Nullable Integer rank, @Nullable Boolean overridable,
            Actor actor) {
        // Two at once would both be the next version.
        getEntityManager().createNativeQuery("select pg_advisory_xact_lock(hashtextextended('plan:' || :name, 0))",
                Object.class).setParameter("name", name).getSingleResult();
        Optional<PlanView> before = newest(name);
        if (before.isEmpty()) {
            mustBeWhole(wanted, rank);
        }
        PlanLimits base = before.map(PlanView::limits).orElse(NOTHING);
        wanted.check("/limits", base);
        int version = base.version() + 1;
        PlanLimits whole = wanted.on(base);
        PlanLimits limits = new PlanLimits(name, version, whole.stacks(), whole.cpuMillis(), whole.memoryMib(),
                whole.diskMib(), whole.volumes(), whole.keys(), whole.sources(), whole.requestsPerMinute(),
                whole.tokensPerMinute(), whole.monthlyBudgetMicros(), whole.models(), whole.templates(),
                whole.dailyBackup(), whole.backupRetentionDays());
        PlanView made = new PlanView(name, version, rank != null ? rank : before.map(PlanView::rank).orElse(0),
                overridable != null ? overridable : before.map(PlanView::overridable).orElse(false),
                clock.instant().truncatedTo(ChronoUnit.MICROS), limits);
        if (before.isPresent() && whole.equals(base) && made.rank() == before.get().rank()
                && made.overridable() == before.get().overridable()) {
            throw new ProblemException(CommonProblem.CONFLICT, "Nothing would differ from version " + base.version()
                    + ". Name at least one figure that changes.");
        }
        persistAndFlush(PlanVersion.of(made));
        Map<String, Object> what = new HashMap<>(wanted.named());
        what.put("rank", made.rank());
        what.put("overridable", made.overridable());
        outbox.publish(audit.append(null, actor, "plan.create", "plan/" + PlanView.id(name, version), what),
                "plan.created", Map.of("name", name, "version", version, "rank", made.rank(), "overridable",
                        made.overridable(), "limits", limits));
        return made;
    }

    private static void mustBeWhole(LimitOverrides wanted, @Nullable Integer rank) {
        List<InputError> missing = new ArrayList<>();
        Map<String, Object> there = wanted.named();
        for (String field : LimitOverrides.FIELDS) {
            if (!there.containsKey(field)) {
                missing.add(new InputError("/limits/" + field, "is needed for a new plan"));
            }
        }
        if (rank == null) {
            missing.add(new InputError("/rank", "is needed for a new plan"));
        }
        if (!missing.isEmpty()) {
            throw new ProblemException(CommonProblem.INVALID_INPUT,
                    "There is no plan of this name yet, and a new one needs all figures. See 'errors'.", missing);
        }
    }
}
