package dev.pocketagent.router.catalog;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All models by name, and the order in which {@code pocket/auto} tries them. Does not change while the service runs.
 *
 * <p>A model is found by its id and by {@code provider/id}; where two providers offer the same id, the first provider has
 * it. {@code auto} and {@code sandbox} work without the {@code pocket/} too: agents are configured with bare names.
 */
public final class Catalog {

    public static final String AUTO = "pocket/auto";
    public static final String SANDBOX = "pocket/sandbox";

    private final List<Model> models;
    private final Map<String, Model> byName = new LinkedHashMap<>();
    private final List<Model> autoOrder;

    /**
     * @param configured models of real providers, in order
     * @param sandbox the built-in model
     * @param auto names in the order {@code pocket/auto} tries them; empty for all of {@code configured}
     * @param sandboxInAuto whether the sandbox answers when nothing else can
     * @throws IllegalArgumentException when {@code auto} names a model that is not there
     */
    public Catalog(Collection<Model> configured, Model sandbox, List<String> auto, boolean sandboxInAuto) {
        var all = new ArrayList<Model>(configured);
        all.add(sandbox);
        for (var model : all) {
            byName.putIfAbsent(model.id(), model);
            byName.putIfAbsent(model.provider() + "/" + model.id(), model);
        }
        byName.put(SANDBOX, sandbox);
        byName.putIfAbsent("sandbox", sandbox);
        models = List.copyOf(new LinkedHashSet<>(all));
        var order = new LinkedHashSet<Model>();
        if (auto.isEmpty()) {
            order.addAll(configured);
        }
        for (var name : auto) {
            order.add(find(name.strip()).orElseThrow(() -> new IllegalArgumentException("pocket.router.auto names \""
                    + name + "\", and no provider offers that model. Known: " + String.join(", ", byName.keySet()))));
        }
        order.remove(sandbox);
        if (sandboxInAuto) {
            order.add(sandbox);
        }
        autoOrder = List.copyOf(order);
    }

    /** Every model once, real ones first, the sandbox last. */
    public List<Model> models() {
        return models;
    }

    public List<Model> autoOrder() {
        return autoOrder;
    }

    public Optional<Model> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    public static boolean isAuto(String name) {
        return AUTO.equals(name) || "auto".equals(name);
    }
}
