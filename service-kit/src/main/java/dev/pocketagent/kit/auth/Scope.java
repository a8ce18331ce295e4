package dev.pocketagent.kit.auth;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a call needs of a key that has scopes: reading or writing at one service. Scopes narrow a role and never widen it; a
 * key without scopes may do all that its role may. {@link Duties} are narrower ones.
 *
 * @param name {@code <service>:read} or {@code <service>:write}
 * @param whole {@code <service>:*}, which opens both
 */
public record Scope(String name, String whole) {

    private static final List<String> SERVICES = List.of("registry", "provisioner", "router", "sync");

    /** Every scope that a key of any role can be given, in the order of the alphabet. */
    public static final SortedSet<String> CATALOGUE = catalogue();

    /** For calls that change nothing: GET and HEAD. */
    public static Scope reading(String service) {
        return new Scope(service + ":read", service + ":*");
    }

    /** For all other calls. */
    public static Scope writing(String service) {
        return new Scope(service + ":write", service + ":*");
    }

    /** Whether a key with these scopes may do it. */
    boolean isIn(Set<String> scopes) {
        return scopes.isEmpty() || scopes.contains(name) || scopes.contains(whole);
    }

    /** Whether a key with the scopes {@code held} may do all that one with the scopes {@code wanted} may. */
    public static boolean cover(Set<String> held, Set<String> wanted) {
        if (held.isEmpty()) {
            return true;
        }
        return !wanted.isEmpty() && wanted.stream().allMatch(scope -> {
            String service = scope.substring(0, scope.indexOf(':') + 1);
            return held.contains(scope) || held.contains(service + "*")
                    || held.contains(service + "read") && held.contains(service + "write");
        });
    }

    private static SortedSet<String> catalogue() {
        SortedSet<String> all = new TreeSet<>();
        for (String service : SERVICES) {
            all.addAll(List.of(service + ":*", service + ":read", service + ":write"));
        }
        return Collections.unmodifiableSortedSet(all);
    }
}
