package dev.pocketagent.router.catalog;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/** Picks models for a request: by name, or for {@code pocket/auto} the first that is allowed, healthy and large enough. */
public final class Selection {

    private final Catalog catalog;
    private final Predicate<String> providerHealthy;

    /**
     * @param providerHealthy tells by provider name whether it is worth trying now
     */
    public Selection(Catalog catalog, Predicate<String> providerHealthy) {
        this.catalog = catalog;
        this.providerHealthy = providerHealthy;
    }

    /** One model on {@code pocket/auto}'s list and what speaks against it; null when nothing does. */
    public record Considered(Model model, @Nullable String objection) {}

    public Decision decide(String name, Demand demand, AllowedModels allowed) {
        if (!Catalog.isAuto(name)) {
            var found = catalog.find(name);
            if (found.isEmpty() || !allowed.allows(found.get())) {
                return new Decision.Unknown(name);
            }
            return new Decision.Chosen(List.of(found.get()), "requested");
        }
        var candidates = new ArrayList<Model>();
        var reason = new StringBuilder("auto");
        for (var considered : consider(demand, allowed)) {
            if (considered.objection() == null) {
                if (candidates.isEmpty()) {
                    reason.append("; chosen ").append(considered.model().id());
                }
                candidates.add(considered.model());
            } else if (candidates.isEmpty()) {
                reason.append("; skipped ").append(considered.model().id()).append(" (").append(considered.objection())
                        .append(')');
            }
        }
        return candidates.isEmpty()
                ? new Decision.Exhausted(reason.toString())
                : new Decision.Chosen(candidates, reason.toString());
    }

    /** Every model on {@code pocket/auto}'s list, in order. */
    public List<Considered> consider(Demand demand, AllowedModels allowed) {
        var result = new ArrayList<Considered>(catalog.autoOrder().size());
        for (var model : catalog.autoOrder()) {
            result.add(new Considered(model, objection(model, demand, allowed)));
        }
        return result;
    }

    private @Nullable String objection(Model model, Demand demand, AllowedModels allowed) {
        if (!allowed.allows(model)) {
            return "not in the plan";
        }
        if (model.contextWindow() > 0 && demand.inputTokens() + demand.outputTokens() > model.contextWindow()) {
            return "context window too small";
        }
        if (!providerHealthy.test(model.provider())) {
            return "provider " + model.provider() + " is failing";
        }
        return null;
    }
}
