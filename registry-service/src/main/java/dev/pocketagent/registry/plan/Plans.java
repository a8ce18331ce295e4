package dev.pocketagent.registry.plan;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;

import dev.pocketagent.kit.auth.PlanLimits;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;

/** The catalogue of plans. */
@ApplicationScoped
public class Plans implements PanacheRepositoryBase<PlanVersion, String> {

    /** Versions never change, so what was read once holds as long as this process. */
    private final Map<String, PlanLimits> known = new ConcurrentHashMap<>();

    /** The newest version of every plan, smallest plan first. */
    @Transactional
    public List<PlanLimits> newest() {
        return list(
                "from PlanVersion p where p.version = (select max(q.version) from PlanVersion q where q.plan = p.plan)"
                        + " order by p.rank, p.plan")
                .stream().map(PlanVersion::limits).toList();
    }

    /** The newest version of one plan. */
    public Optional<PlanLimits> newest(String plan) {
        return newest().stream().filter(limits -> limits.plan().equals(plan)).findFirst();
    }

    /**
     * What a tenant's plan allows.
     *
     * @throws IllegalStateException when there is no such version; the database's foreign key rules that out for tenants
     */
    public PlanLimits pinned(String plan, int version) {
        String id = plan + "@" + version;
        PlanLimits limits = known.get(id);
        if (limits == null) {
            limits = read(id);
            known.put(id, limits);
        }
        return limits;
    }

    @Transactional
    PlanLimits read(String id) {
        PlanVersion found = findById(id);
        if (found == null) {
            throw new IllegalStateException("There is no plan " + id);
        }
        return found.limits();
    }
}
