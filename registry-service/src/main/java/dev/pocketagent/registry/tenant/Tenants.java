package dev.pocketagent.registry.tenant;

import java.sql.PreparedStatement;
import java.sql.Types;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.LockModeType;

import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.Sql;
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

    private final Sql sql;

    @Inject
    Tenants(Sql sql) {
        this.sql = sql;
    }

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
        return sql.run(connection -> {
            try (PreparedStatement insert = connection.prepareStatement("""
                    insert into tenant (id, slug, name, plan, plan_version, overrides, state, created_at, updated_at,
                                        state_changed_at, state_changed_by, version)
                    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (slug) do nothing""")) {
                OffsetDateTime created = tenant.createdAt.atOffset(ZoneOffset.UTC);
                insert.setObject(1, tenant.id);
                insert.setString(2, tenant.slug);
                insert.setString(3, tenant.name);
                insert.setString(4, tenant.plan);
                insert.setInt(5, tenant.planVersion);
                insert.setString(6, tenant.overrides);
                insert.setString(7, tenant.state);
                insert.setObject(8, created);
                insert.setObject(9, created);
                insert.setObject(10, created);
                insert.setObject(11, tenant.stateChangedBy, Types.OTHER);
                insert.setLong(12, tenant.version);
                return insert.executeUpdate() == 1;
            }
        });
    }
}
