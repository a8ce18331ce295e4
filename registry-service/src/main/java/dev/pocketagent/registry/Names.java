package dev.pocketagent.registry;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;

/** Names for a page of ids of any kind: ids are unique over all of them. Features below ask here, without knowing those above. */
@ApplicationScoped
public class Names {

    private final List<NameSource> sources;

    @Inject
    Names(@Any Instance<NameSource> sources) {
        this.sources = sources.stream().toList();
    }

    /** Names by id, inside a transaction whose row scope says what is seen; ids without a name are left out. */
    public Map<UUID, String> of(Set<UUID> ids) {
        Map<UUID, String> names = new HashMap<>();
        if (!ids.isEmpty()) {
            sources.forEach(source -> names.putAll(source.names(ids)));
        }
        return names;
    }
}
