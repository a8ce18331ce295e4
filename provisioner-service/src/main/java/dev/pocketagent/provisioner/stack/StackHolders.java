package dev.pocketagent.provisioner.stack;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.quota.Amounts;
import dev.pocketagent.kit.quota.Holders;
import dev.pocketagent.provisioner.backend.StackSpec;

/** What stacks take of their tenants' quotas: all the same whether they run, are stopped, or are being deleted. */
@ApplicationScoped
class StackHolders implements Holders {

    private static final String KIND = "stack";

    private final StackStore store;

    @Inject
    StackHolders(StackStore store) {
        this.store = store;
    }

    /** The name under which a stack holds its part. */
    static String name(UUID stack) {
        return KIND + "/" + stack;
    }

    static Amounts amounts(StackSpec spec) {
        return amounts(spec.cpuMillis(), spec.memoryMib(), spec.volumes().size());
    }

    static Amounts amounts(int cpuMillis, int memoryMib, int volumes) {
        return new Amounts(
                Map.of("stacks", 1, "cpuMillis", cpuMillis, "memoryMib", memoryMib, "volumes", volumes));
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public List<Holding> page(@Nullable UUID after, int most) {
        return store.holdingsAfter(after, most);
    }

    @Override
    public List<Holding> find(Collection<UUID> ids) {
        return store.holdings(ids);
    }
}
