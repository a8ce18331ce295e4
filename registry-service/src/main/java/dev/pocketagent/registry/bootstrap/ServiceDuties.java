package dev.pocketagent.registry.bootstrap;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

import dev.pocketagent.kit.auth.Duties;
import dev.pocketagent.kit.auth.Roles;

/** What the key of each of our services opens: what the service calls, and nothing else. None of them issues keys. */
final class ServiceDuties {

    private static final Map<String, SortedSet<String>> BY_NAME = Map.of(
            "provisioner", sorted(Duties.VERIFY_KEYS, Duties.FOLLOW_EVENTS, Duties.RESERVE_QUOTA),
            "router", sorted(Duties.VERIFY_KEYS, Duties.FOLLOW_EVENTS),
            "sync", sorted(Duties.VERIFY_KEYS, Duties.FOLLOW_EVENTS, Duties.RESERVE_QUOTA));

    private ServiceDuties() {}

    /** The scopes of an adopted key; empty for one that is no service of ours, which we know no needs of. */
    static Optional<SortedSet<String>> of(String role, String name) {
        return role.equals(Roles.SERVICE) ? Optional.ofNullable(BY_NAME.get(name)) : Optional.empty();
    }

    private static SortedSet<String> sorted(String... scopes) {
        return Collections.unmodifiableSortedSet(new TreeSet<>(List.of(scopes)));
    }
}
