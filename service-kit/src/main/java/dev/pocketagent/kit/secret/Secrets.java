package dev.pocketagent.kit.secret;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;

import org.jspecify.annotations.Nullable;

/**
 * Seals and opens secrets with the data key of their tenant. Call it inside a transaction whose row scope covers that
 * tenant; a tenant's first secret makes its data key in that same transaction.
 */
@ApplicationScoped
public class Secrets {

    /** Owner of the platform's own secrets. */
    public static final UUID PLATFORM = new UUID(0, 0);

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
        UUID owner = tenantId == null ? PLATFORM : tenantId;
        return dataKey(owner, true).seal(plain, associated(owner, field));
    }

    /**
     * Decrypts what {@link #seal} made for the same tenant and field.
     *
     * @throws SecretException when it was changed or moved, or the tenant's data key is destroyed
     */
    @Transactional(Transactional.TxType.MANDATORY)
    public byte[] open(@Nullable UUID tenantId, String field, byte[] sealed) {
        UUID owner = tenantId == null ? PLATFORM : tenantId;
        return dataKey(owner, false).open(sealed, associated(owner, field));
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

    private SecretBox dataKey(UUID owner, boolean create) {
        List<byte[]> found = select(owner);
        if (found.isEmpty() && create) {
            byte[] fresh = new byte[SecretBox.KEY_BYTES];
            kek.random().nextBytes(fresh);
            // Two transactions may make the first key at once: the second waits here and then reads the winner's.
            database.createNativeQuery(
                    "insert into data_key (tenant_id, kek_id, wrapped) values (:owner, :kek, :wrapped)"
                            + " on conflict (tenant_id) do nothing")
                    .setParameter("owner", owner).setParameter("kek", kek.id())
                    .setParameter("wrapped", kek.box().seal(fresh, associated(owner, "data-key"))).executeUpdate();
            found = select(owner);
        }
        if (found.isEmpty()) {
            throw new SecretException(
                    "The tenant has no data key: it was destroyed, or the row scope does not cover it");
        }
        return new SecretBox(kek.box().open(found.getFirst(), associated(owner, "data-key")), kek.random());
    }

    @SuppressWarnings("unchecked")
    private List<byte[]> select(UUID owner) {
        return database.createNativeQuery("select wrapped from data_key where tenant_id = :owner", byte[].class)
                .setParameter("owner", owner).getResultList();
    }

    private static byte[] associated(UUID owner, String field) {
        return (owner + "\u0000" + field).getBytes(StandardCharsets.UTF_8);
    }
}
