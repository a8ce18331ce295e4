package dev.pocketagent.kit.http;

import java.sql.PreparedStatement;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;

import org.hibernate.Session;

import dev.pocketagent.kit.event.Event;
import dev.pocketagent.kit.event.EventHandler;

/** Deletes the answers kept for {@link Idempotent} that name a tenant which is erased. */
@ApplicationScoped
public class ErasedAnswers implements EventHandler {

    private final EntityManager database;

    @Inject
    ErasedAnswers(EntityManager database) {
        this.database = database;
    }

    @Override
    public String name() {
        return "kept-answers";
    }

    @Override
    public boolean beginsAtEnd() {
        return true;
    }

    @Override
    public boolean wants(String type) {
        return type.equals("tenant.purged");
    }

    @Override
    public void on(Event event) {
        UUID tenant = event.tenantId();
        if (tenant != null) {
            delete(tenant);
        }
    }

    /** Deletes them in the caller's transaction. */
    @Transactional(Transactional.TxType.MANDATORY)
    public void delete(UUID tenantId) {
        database.unwrap(Session.class).doWork(connection -> {
            try (PreparedStatement delete = connection
                    .prepareStatement("delete from idempotency_record where mentions @> array[?]::uuid[]")) {
                delete.setObject(1, tenantId);
                delete.executeUpdate();
            }
        });
    }
}
