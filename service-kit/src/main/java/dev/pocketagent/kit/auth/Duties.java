package dev.pocketagent.kit.auth;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The narrow scopes of our own services: each opens the few routes of one task, which name it in {@code @RolesAllowed} beside
 * {@link Roles#SERVICE}. To a key that has nothing else all other routes are closed. Only keys with the role service can have
 * them.
 */
public final class Duties {

    /** Asks whether keys are good. */
    public static final String VERIFY_KEYS = "registry:verify";
    /** Follows the events, and takes over the tenants' present state when the feed was restored to an earlier one. */
    public static final String FOLLOW_EVENTS = "registry:follow";
    /** Reads tenants' accounts, and reserves, confirms and releases parts of their quotas. */
    public static final String RESERVE_QUOTA = "registry:reserve";

    /** All of them, in the order of the alphabet. */
    public static final SortedSet<String> ALL = Collections
            .unmodifiableSortedSet(new TreeSet<>(List.of(VERIFY_KEYS, FOLLOW_EVENTS, RESERVE_QUOTA)));

    private Duties() {}

    /** Those of these scopes that are duties at the service that a call goes to. */
    static Set<String> at(Scope call, Set<String> scopes) {
        String service = call.whole().substring(0, call.whole().indexOf(':') + 1);
        return scopes.stream().filter(scope -> ALL.contains(scope) && scope.startsWith(service))
                .collect(Collectors.toUnmodifiableSet());
    }
}
