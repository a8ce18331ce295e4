package dev.pocketagent.registry.key;

import java.util.Map;
import java.util.Set;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import dev.pocketagent.registry.NameSource;
import dev.pocketagent.registry.Sql;

/** The names of keys, ended ones included. Tenants see those of their own keys only, by row-level security. */
@ApplicationScoped
class KeyNames implements NameSource {

    private final Sql sql;

    @Inject
    KeyNames(Sql sql) {
        this.sql = sql;
    }

    @Override
    public Map<UUID, String> names(Set<UUID> ids) {
        return sql.texts("select id, name from api_key where id = any (?)", ids);
    }
}
