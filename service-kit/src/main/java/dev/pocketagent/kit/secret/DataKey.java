package dev.pocketagent.kit.secret;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * The data key of one tenant, for several values at once. Drop it with the transaction that it was got in: a key that is
 * destroyed in the database must be gone everywhere, so none is kept in memory.
 */
public final class DataKey {

    private final UUID owner;
    private final SecretBox box;

    DataKey(UUID owner, SecretBox box) {
        this.owner = owner;
        this.box = box;
    }

    /**
     * Encrypts a value for one place.
     *
     * @param field the place, for example {@code source/<id>/token}; the value opens only for the same one
     */
    public byte[] seal(String field, byte[] plain) {
        return box.seal(plain, associated(owner, field));
    }

    /**
     * Decrypts what was sealed for the same tenant and field.
     *
     * @throws SecretException when it was changed or moved, or was sealed with another key
     */
    public byte[] open(String field, byte[] sealed) {
        return box.open(sealed, associated(owner, field));
    }

    static byte[] associated(UUID owner, String field) {
        return (owner + "\u0000" + field).getBytes(StandardCharsets.UTF_8);
    }
}
