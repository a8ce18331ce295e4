package dev.pocketagent.registry;

import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What people call the things that a list shows by id. Each feature whose things have names adds its own, as a bean; {@link
 * Names} asks them all.
 */
public interface NameSource {

    /** The names of those ids that are its own and may be seen in this transaction. Asks the database once. */
    Map<UUID, String> names(Set<UUID> ids);
}
