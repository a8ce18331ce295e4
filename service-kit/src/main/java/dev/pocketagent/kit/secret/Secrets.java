package dev.pocketagent.kit.secret;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;

import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/**
 * Seals and opens secrets with the data key of their tenant. Call it inside a transaction whose row scope covers that
 * tenant; a tenant's first secret makes its data key in that same transaction.
 */
@ApplicationScoped
public class Secrets {

    /** Owner of the platform's own secrets. */
    public static final UUID PLATFORM = new UUID(0, 0);

    private static final String DATA_KEY = "data-key";

    private final Kek kek;
    private final EntityManager database;

    @Inject
    Secrets(Kek kek, EntityManager database) {
        this.kek = kek;
        this.database = database;
    }

    /**
     * Encrypts a value for one place.
     *
     * @param tenantId whose it is; null for the platform's own
     * @param field the place, for example {@code source/<id>/token}; the value opens only for the same one
     */
    @Transactional(Transactional.TxType.MANDATORY)
    public byte[] seal(@Nullable UUID tenantId, String field, byte[] plain) {
        return of(tenantId).seal(field, plain);
    }

    /**
     * Decrypts what {@link #seal} made for the same tenant and field.
     *
     * @throws SecretException when it was changed or moved, or the tenant's data key is destroyed; whoever expects that
     *     catches it and goes on in the same transaction
     */
    @Transactional(value = Transactional.TxType.MANDATORY, dontRollbackOn = SecretException.class)
    public byte[] open(@Nullable UUID tenantId, String field, byte[] sealed) {
        UUID owner = owner(tenantId);
        byte[] wrapped = select(owner);
        if (wrapped == null) {
            throw new SecretException(
                    "The tenant has no data key: it was destroyed, or the row scope does not cover it");
        }
        return unwrap(owner, wrapped).open(field, sealed);
    }

    /**
     * The data key of a tenant, for several values at once; it is made when the tenant has none yet.
     *
     * @param tenantId whose it is; null for the platform's own
     */
    @Transactional(Transactional.TxType.MANDATORY)
    public DataKey of(@Nullable UUID tenantId) {
        UUID owner = owner(tenantId);
        byte[] wrapped = select(owner);
        return wrapped == null ? first(owner) : unwrap(owner, wrapped);
    }

    /** As {@link #of}, for a tenant that most likely has no data key yet: one statement less when that is so. */
    @Transactional(Transactional.TxType.MANDATORY)
    public DataKey first(UUID owner) {
        byte[] fresh = new byte[SecretBox.KEY_BYTES];
        kek.random().nextBytes(fresh);
        // Two transactions may make the first key at once: the second waits here and then reads the winner's.
        if (insert(owner, kek.box().seal(fresh, DataKey.associated(owner, DATA_KEY)))) {
            return new DataKey(owner, new SecretBox(fresh, kek.random()));
        }
        byte[] winners = select(owner);
        if (winners == null) {
            throw new SecretException("The tenant's data key was destroyed at this moment");
        }
        return unwrap(owner, winners);
    }

    /**
     * The data keys of several tenants with one query, without those that never had one, or whose key is destroyed.
     *
     * @param tenantIds {@link #PLATFORM} for the platform's own
     */
    @Transactional(Transactional.TxType.MANDATORY)
    public Map<UUID, DataKey> existing(Collection<UUID> tenantIds) {
        Map<UUID, DataKey> found = new HashMap<>();
        if (tenantIds.isEmpty()) {
            return found;
        }
        database.unwrap(Session.class).doWork(connection -> {
            try (PreparedStatement query = connection
                    .prepareStatement("select tenant_id, wrapped from data_key where tenant_id = any (?)")) {
                query.setArray(1, connection.createArrayOf("uuid", tenantIds.toArray()));
                try (ResultSet row = query.executeQuery()) {
                    while (row.next()) {
                        UUID owner = row.getObject(1, UUID.class);
                        found.put(owner, unwrap(owner, row.getBytes(2)));
                    }
                }
            }
        });
        return found;
    }

    /**
     * Destroys a tenant's data key: nothing that was sealed for it opens any more, wherever a copy of it lies. A backup of
     * this database still holds the key until the backup itself is gone.
     *
     * @return whether there was one
     * @throws IllegalArgumentException for the platform, whose secrets nobody means to lose
     */
    @Transactional(Transactional.TxType.MANDATORY)
    public boolean destroy(UUID tenantId) {
        if (tenantId.equals(PLATFORM)) {
            throw new IllegalArgumentException("The platform's data key is not for destroying");
        }
        return database.createNativeQuery("delete from data_key where tenant_id = :owner")
                .setParameter("owner", tenantId).executeUpdate() > 0;
    }

    private DataKey unwrap(UUID owner, byte[] wrapped) {
        return new DataKey(owner,
                new SecretBox(kek.box().open(wrapped, DataKey.associated(owner, DATA_KEY)), kek.random()));
    }

    /** Plain JDBC, as whatever is called often here: {@link dev.pocketagent.kit.db.RowScope} says why. */
    private byte @Nullable [] select(UUID owner) {
        return database.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement query = connection
                    .prepareStatement("select wrapped from data_key where tenant_id = ?")) {
                query.setObject(1, owner);
                try (ResultSet row = query.executeQuery()) {
                    return row.next() ? row.getBytes(1) : null;
                }
            }
        });
    }

    private boolean insert(UUID owner, byte[] wrapped) {
        return database.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement insert = connection.prepareStatement(
                    "insert into data_key (tenant_id, kek_id, wrapped) values (?, ?, ?)"
                            + " on conflict (tenant_id) do nothing")) {
                insert.setObject(1, owner);
                insert.setString(2, kek.id());
                insert.setBytes(3, wrapped);
                return insert.executeUpdate() == 1;
            }
        });
    }

    private static UUID owner(@Nullable UUID tenantId) {
        return tenantId == null ? PLATFORM : tenantId;
    }
}
