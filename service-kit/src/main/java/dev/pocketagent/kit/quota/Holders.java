package dev.pocketagent.kit.quota;

import java.util.Collection;
import java.util.List;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * A bean that knows the things of one kind that take part in quotas: what is there and how much it takes. With it the settler
 * finds things without a hold, such as those made by a version that knew no holds, and holds without a thing. A service
 * without such a bean has no settler. All methods run in a transaction that sees all tenants' rows.
 */
public interface Holders {

    /**
     * One thing.
     *
     * @param amounts of something, never nothing
     */
    record Holding(UUID id, UUID tenantId, Amounts amounts) {}

    /** What the names of the holders begin with: {@code stack} in {@code stack/<id>}. */
    String kind();

    /** Things in the order of their ids, behind this one; not those of erased tenants. */
    List<Holding> page(@Nullable UUID after, int most);

    /** Those of these that are there, in any order. */
    List<Holding> find(Collection<UUID> ids);

    /** The name under which a thing holds its part. */
    default String holder(UUID id) {
        return kind() + "/" + id;
    }
}
