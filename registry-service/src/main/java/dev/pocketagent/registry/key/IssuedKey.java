package dev.pocketagent.registry.key;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.key.ApiKey;

/**
 * A new key with its secret. The only time that it is shown.
 *
 * @param replaces the key that it takes over from, when it comes of a rotation
 * @param secret the whole key; give it to whoever will use it and keep it nowhere
 */
@Schema(name = "IssuedKey", examples = """
        {"id":"01993c52-7f2a-7c1e-9a61-0f5a3f0c7d11","name":"laptop of Ada","kind":"tn","role":"tenant-developer",
         "scopes":[],"start":"pocket_tn_9aXk","createdAt":"2026-11-21T10:15:30.123456Z",
         "createdBy":"01993c50-0d0e-7aa0-8d3e-51a3a0f2b6c4","expiresAt":null,"revokedAt":null,"lastUsedAt":null,
         "tenantId":"01993c52-1111-7c1e-9a61-0f5a3f0c7d11","version":0,
         "replaces":null,"secret":"pocket_tn_<43 characters><6 characters>"}""")
public record IssuedKey(UUID id, String name, String kind, String role, List<String> scopes, String start,
        Instant createdAt, @Nullable UUID createdBy, @Nullable Instant expiresAt, @Nullable Instant revokedAt,
        @Nullable Instant lastUsedAt, @Nullable UUID tenantId, long version, @Nullable UUID replaces,
        String secret) {

    static IssuedKey of(StoredKey stored, ApiKey key, @Nullable UUID replaces) {
        KeyView view = KeyView.of(stored, stored.createdAt);
        return new IssuedKey(view.id(), view.name(), view.kind(), view.role(), view.scopes(), view.start(),
                view.createdAt(), view.createdBy(), view.expiresAt(), view.revokedAt(), view.lastUsedAt(),
                view.tenantId(), view.version(), replaces, key.secret());
    }

    /** Without the secret, so that it reaches no log. */
    @Override
    public String toString() {
        return "IssuedKey[" + id + ", " + start + "...]";
    }
}
