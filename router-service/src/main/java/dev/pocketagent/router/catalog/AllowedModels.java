package dev.pocketagent.router.catalog;

import java.util.Collection;
import java.util.List;

/** The models a plan allows: exact names, prefixes ending in {@code *}, or {@code *} for all. The sandbox is always free. */
public final class AllowedModels {

    public static final AllowedModels ALL = new AllowedModels(List.of("*"));

    private final List<String> patterns;
    private final boolean all;

    private AllowedModels(Collection<String> patterns) {
        this.patterns = List.copyOf(patterns);
        this.all = this.patterns.contains("*");
    }

    public static AllowedModels of(Collection<String> patterns) {
        return patterns.size() == 1 && patterns.contains("*") ? ALL : new AllowedModels(patterns);
    }

    public boolean allows(Model model) {
        if (all || Catalog.SANDBOX.equals(model.id())) {
            return true;
        }
        for (var pattern : patterns) {
            if (matches(pattern, model.id()) || matches(pattern, model.provider() + "/" + model.id())) {
                return true;
            }
        }
        return false;
    }

    private static boolean matches(String pattern, String name) {
        return pattern.endsWith("*")
                ? name.startsWith(pattern.substring(0, pattern.length() - 1))
                : pattern.equals(name);
    }
}
