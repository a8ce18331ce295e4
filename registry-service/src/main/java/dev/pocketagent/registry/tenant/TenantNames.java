package dev.pocketagent.registry.tenant;

import java.util.Map;
import java.util.Set;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import dev.pocketagent.registry.NameSource;
import dev.pocketagent.registry.Sql;

/** Tenants are called by their slug. What an erased one has in its place is no name. */
@ApplicationScoped
class TenantNames implements NameSource {

    private final Sql sql;

    @Inject
    TenantNames(Sql sql) {
        this.sql = sql;
    }

    @Override
    public Map<UUID, String> names(Set<UUID> ids) {
        return sql.texts("select id, slug from tenant where id = any (?) and state <> 'deleted'", ids);
    }
}
