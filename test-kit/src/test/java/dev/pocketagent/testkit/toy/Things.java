package dev.pocketagent.testkit.toy;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

import jakarta.enterprise.context.ApplicationScoped;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.quota.Amounts;
import dev.pocketagent.kit.quota.Holders;

/** What of the toy service takes part in quotas. */
@ApplicationScoped
public class Things implements Holders {

    private final Map<UUID, Holding> there = new ConcurrentHashMap<>();

    public void put(UUID id, UUID tenant, Amounts amounts) {
        there.put(id, new Holding(id, tenant, amounts));
    }

    public void remove(UUID id) {
        there.remove(id);
    }

    @Override
    public String kind() {
        return "thing";
    }

    @Override
    public List<Holding> page(@Nullable UUID after, int most) {
        return there.values().stream().sorted(Comparator.comparing(thing -> thing.id().toString()))
                .filter(thing -> after == null || thing.id().toString().compareTo(after.toString()) > 0).limit(most)
                .toList();
    }

    @Override
    public List<Holding> find(Collection<UUID> ids) {
        return ids.stream().map(id -> Optional.ofNullable(there.get(id))).flatMap(Optional::stream).toList();
    }
}
