package dev.pocketagent.registry.tenant;

import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;

import org.hibernate.type.StandardBasicTypes;

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
}
