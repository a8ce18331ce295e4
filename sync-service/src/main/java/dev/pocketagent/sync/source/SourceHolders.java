package dev.pocketagent.sync.source;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.Tuple;

import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.quota.Amounts;
import dev.pocketagent.kit.quota.Holders;

/** What sources take of their tenants' quotas: one each. */
@ApplicationScoped
class SourceHolders implements Holders {

    static final Amounts AMOUNTS = new Amounts(Map.of("sources", 1));
    private static final String KIND = "source";

    private final Session database;

    @Inject
    SourceHolders(Session database) {
        this.database = database;
    }

    /** The name under which a source holds its part. */
    static String name(UUID source) {
        return KIND + "/" + source;
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public List<Holding> page(@Nullable UUID after, int most) {
        return database
                .createQuery("select s.id as id, s.tenantId as tenant from Source s where s.id > :after order by s.id",
                        Tuple.class)
                .setParameter("after", after == null ? new UUID(0, 0) : after).setMaxResults(most).getResultStream()
                .map(SourceHolders::holding).toList();
    }

    @Override
    public List<Holding> find(Collection<UUID> ids) {
        return ids.isEmpty()
                ? List.of()
                : database.createQuery("select s.id as id, s.tenantId as tenant from Source s where s.id in :ids",
                        Tuple.class).setParameter("ids", ids).getResultStream().map(SourceHolders::holding).toList();
    }

    private static Holding holding(Tuple row) {
        return new Holding(row.get("id", UUID.class), row.get("tenant", UUID.class), AMOUNTS);
    }
}
