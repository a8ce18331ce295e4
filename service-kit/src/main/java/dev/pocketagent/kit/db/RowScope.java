package dev.pocketagent.kit.db;

import java.sql.PreparedStatement;
import java.util.UUID;
import java.util.function.Supplier;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;

import org.hibernate.Session;

import dev.pocketagent.kit.auth.Caller;
import io.quarkus.narayana.jta.QuarkusTransaction;

/**
 * Names the tenant that the present transaction works for, for PostgreSQL's row-level security. Call it first in every
 * transaction: without it no row of a tenant is seen or written.
 */
@ApplicationScoped
public class RowScope {

    private final EntityManager database;

    @Inject
    RowScope(EntityManager database) {
        this.database = database;
    }

    /** Only this tenant's rows, until the transaction ends. */
    public void tenant(UUID tenantId) {
        set(tenantId.toString());
    }

    /** The rows of all tenants, until the transaction ends: for operators, services and background work. */
    public void allTenants() {
        set("*");
    }

    /** The rows that this caller may see: their tenant's, or all for callers without one. */
    public void of(Caller caller) {
        UUID own = caller.tenantId();
        if (own == null) {
            allTenants();
        } else {
            tenant(own);
        }
    }

    /** Runs the work in a transaction of its own that sees only this tenant's rows. */
    public <T> T inTenant(UUID tenantId, Supplier<T> work) {
        return QuarkusTransaction.requiringNew().call(() -> {
            tenant(tenantId);
            return work.get();
        });
    }

    /** Runs the work in a transaction of its own that sees all rows. */
    public <T> T inAllTenants(Supplier<T> work) {
        return QuarkusTransaction.requiringNew().call(() -> {
            allTenants();
            return work.get();
        });
    }

    /**
     * Plain JDBC on the transaction's connection. As a native query of Hibernate's it cost more than what it guards: no two
     * of those with a result type are equal, so each call added an entry to the cache of query plans, under one hash.
     */
    private void set(String value) {
        database.unwrap(Session.class).doWork(connection -> {
            try (PreparedStatement statement = connection
                    .prepareStatement("select set_config('pocket.tenant', ?, true)")) {
                statement.setString(1, value);
                statement.execute();
            }
        });
    }
}
