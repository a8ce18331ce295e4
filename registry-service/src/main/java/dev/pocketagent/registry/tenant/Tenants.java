package dev.pocketagent.registry.tenant;

import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;

import org.hibernate.Session;
import org.hibernate.type.StandardBasicTypes;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.problem.ProblemException;
import io.quarkus.hibernate.orm.panache.PanacheQuery;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;

/** The tenants in the database, inside a transaction whose row scope says which are seen. */
@ApplicationScoped
public class Tenants implements PanacheRepositoryBase<Tenant, UUID> {

    /** Part of names of containers and networks later, so shorter than a DNS label may be. */
    static final String SLUG = "[a-z]([a-z0-9-]{0,38}[a-z0-9])?";
    static final String SLUG_RULE = "must be 1 to 40 small letters, digits and hyphens, begin with a letter and not end with a hyphen";
    private static final Pattern SLUG_PATTERN = Pattern.compile(SLUG);
    private static final Pattern ID_PATTERN = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    /** The last code point: behind every text that goes on after a prefix. */
    private static final String LAST = Character.toString(Character.MAX_CODE_POINT);

    /**
     * The tenant with this id or slug.
     *
     * @throws ProblemException 404 when there is none, or it is not this caller's to see
     */
    public Tenant require(String idOrSlug) {
        return locate(idOrSlug, LockModeType.NONE);
    }

    /** As {@link #require}, locked against other changes until the transaction ends. */
    public Tenant requireForChange(String idOrSlug) {
        return locate(idOrSlug, LockModeType.PESSIMISTIC_WRITE);
    }

    /** As {@link #require}, and it stays in its state until the transaction ends; others may ask for the same. */
    public Tenant requireUnchanging(String idOrSlug) {
        return locate(idOrSlug, LockModeType.PESSIMISTIC_READ);
    }

    private Tenant locate(String idOrSlug, LockModeType lock) {
        PanacheQuery<Tenant> query;
        if (isId(idOrSlug)) {
            query = find("id", UUID.fromString(idOrSlug));
        } else if (isSlug(idOrSlug)) {
            query = find("slug", idOrSlug);
        } else {
            throw ProblemException.notFound("tenant", idOrSlug);
        }
        Optional<Tenant> found = (lock == LockModeType.NONE ? query : query.withLock(lock)).firstResultOptional();
        return found.orElseThrow(() -> ProblemException.notFound("tenant", idOrSlug));
    }

    static boolean isId(String text) {
        return ID_PATTERN.matcher(text).matches();
    }

    /** Whether this can be the slug of a tenant. */
    public static boolean isSlug(String text) {
        return SLUG_PATTERN.matcher(text).matches();
    }

    /** Whether the tenant was added; false when its slug is taken. */
    boolean add(Tenant tenant) {
        return getSession().createNativeMutationQuery("""
                insert into tenant (id, slug, name, plan, plan_version, overrides, state, created_at, updated_at,
                                    state_changed_at, state_changed_by, version)
                values (:id, :slug, :name, :plan, :planVersion, :overrides, :state, :createdAt, :updatedAt,
                        :stateChangedAt, :stateChangedBy, :version)
                on conflict (slug) do nothing""")
                .setParameter("id", tenant.id).setParameter("slug", tenant.slug).setParameter("name", tenant.name)
                .setParameter("plan", tenant.plan).setParameter("planVersion", tenant.planVersion)
                .setParameter("overrides", tenant.overrides, StandardBasicTypes.STRING)
                .setParameter("stateChangedAt", tenant.stateChangedAt)
                .setParameter("stateChangedBy", tenant.stateChangedBy, StandardBasicTypes.UUID)
                .setParameter("state", tenant.state).setParameter("createdAt", tenant.createdAt)
                .setParameter("updatedAt", tenant.updatedAt).setParameter("version", tenant.version)
                .executeUpdate() == 1;
    }

    /**
     * Tenants in the order of their slugs. Of a search, first those whose slug begins so, then those whose name does, in the
     * order of their names: each part is one range of an index and ends with the page. Both conditions at once would have to
     * find and sort all that match, one second for two letters among a million tenants.
     *
     * @param search begin of slug or name, in any case
     * @param overQuota only those that are, or are not
     * @param afterSlug only those behind it
     */
    List<Tenant> page(@Nullable String search, @Nullable TenantState state, @Nullable String plan,
            @Nullable Boolean overQuota, @Nullable String afterSlug, int rows) {
        List<String> conditions = new ArrayList<>();
        Map<String, Object> values = new HashMap<>();
        if (state != null) {
            conditions.add("tenant.state = :state");
            values.put("state", state.text());
        }
        if (plan != null) {
            conditions.add("tenant.plan = :plan");
            values.put("plan", plan);
        }
        // Few are over their quota, and one index has them in the order of their slugs: the list follows that one.
        boolean over = Boolean.TRUE.equals(overQuota);
        if (over) {
            conditions.add("mark.isOver");
        } else if (overQuota != null) {
            conditions.add("not exists (select 1 from OverQuota o where o.tenantId = tenant.id and o.isOver)");
        }
        if (search != null || afterSlug != null || over) {
            readInOrder();
        }
        var list = new Listing(over ? "mark.slug" : "tenant.slug", over, conditions, values);
        if (search == null) {
            return bySlug(list, afterSlug, rows);
        }
        // Ranges and no LIKE: below row-level security only leakproof operators may use an index.
        String from = search.toLowerCase(Locale.ROOT);
        values.put("from", from);
        values.put("to", from + LAST);
        List<Tenant> found = new ArrayList<>();
        boolean inNames = afterSlug != null && !afterSlug.startsWith(from);
        if (!inNames) {
            found.addAll(bySlug(list.and(list.slug + " >= :from and " + list.slug + " < :to"), afterSlug, rows));
        }
        if (found.size() < rows) {
            found.addAll(byName(list, inNames ? afterSlug : null, rows - found.size()));
        }
        return found;
    }

    /**
     * What a list asks for.
     *
     * @param slug the column that it goes by
     * @param over whether it follows the marks of those over their quota, named {@code mark}
     * @param values of the parameters in the conditions
     */
    private record Listing(String slug, boolean over, List<String> conditions, Map<String, Object> values) {

        Listing and(String condition) {
            List<String> all = new ArrayList<>(conditions);
            all.add(condition);
            return new Listing(slug, over, all, values);
        }

        Listing with(String name, Object value) {
            Map<String, Object> all = new HashMap<>(values);
            all.put(name, value);
            return new Listing(slug, over, conditions, all);
        }

        String query(String order) {
            return "select tenant from Tenant tenant"
                    + (over ? " join OverQuota mark on mark.tenantId = tenant.id" : "")
                    + (conditions.isEmpty() ? "" : " where " + String.join(" and ", conditions)) + " order by " + order;
        }
    }

    /**
     * Takes away the planner's choice to find all that match and sort them, until the transaction ends. It guesses from a
     * histogram how many words lie between two texts, and words crowd together: 40 instead of 15,000 tenants for three
     * letters, of which it then sorted all, 240 ms for a page.
     */
    private void readInOrder() {
        getEntityManager().unwrap(Session.class).doWork(connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute("set local enable_sort = off");
            }
        });
    }

    private List<Tenant> bySlug(Listing list, @Nullable String afterSlug, int rows) {
        Listing rest = afterSlug == null ? list : list.and(list.slug + " > :after").with("after", afterSlug);
        return found(rest, list.slug, rows);
    }

    /** Those whose slug begins so as well were there before. */
    private List<Tenant> byName(Listing list, @Nullable String afterSlug, int rows) {
        Listing named = list.and("tenant.nameLower >= :from and tenant.nameLower < :to"
                + " and not (tenant.slug >= :from and tenant.slug < :to)");
        if (afterSlug != null) {
            String afterName = find("slug", afterSlug).firstResultOptional().map(tenant -> tenant.nameLower)
                    .orElseThrow(() -> ProblemException.invalid("?cursor", "is not a cursor of this list"));
            named = named.and("tenant.nameLower >= :name and (tenant.nameLower > :name or tenant.slug > :after)")
                    .with("after", afterSlug).with("name", afterName);
        }
        return found(named, "tenant.nameLower, tenant.slug", rows);
    }

    private List<Tenant> found(Listing list, String order, int rows) {
        return find(list.query(order), list.values).page(0, rows).list();
    }
}
