package dev.pocketagent.registry.key;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A key as the API shows it.
 *
 * @param kind {@code tn}, {@code ag}, {@code op} or {@code svc}
 * @param start the first characters of the key, to recognise it by
 * @param createdBy the key that made it; null for keys that the platform took over at its start
 * @param lastUsedAt as of about a minute ago; null when it was never used
 * @param state {@code active}, {@code expired} or {@code revoked}
 * @param replacedBy the key that took over when this one was rotated
 * @param tenantId null for keys of the platform
 * @param version its ETag
 */
@Schema(name = "Key", examples = """
        {"id":"01993c52-7f2a-7c1e-9a61-0f5a3f0c7d11","name":"laptop of Ada","kind":"tn","role":"tenant-developer",
         "scopes":[],"start":"pocket_tn_9aXk","createdAt":"2026-11-21T10:15:30.123456Z",
         "createdBy":"01993c50-0d0e-7aa0-8d3e-51a3a0f2b6c4","expiresAt":"2027-11-21T00:00:00Z","revokedAt":null,
         "lastUsedAt":"2026-11-21T10:20:00Z","state":"active","replacedBy":null,
         "tenantId":"01993c52-1111-7c1e-9a61-0f5a3f0c7d11","version":0}""")
public record KeyView(UUID id, String name, String kind, String role, List<String> scopes, String start,
        Instant createdAt, @Nullable UUID createdBy, @Nullable Instant expiresAt, @Nullable Instant revokedAt,
        @Nullable Instant lastUsedAt, @Schema(enumeration = {
                "active", "expired", "revoked"}) String state,
        @Nullable UUID replacedBy, @Nullable UUID tenantId, long version){

    static KeyView of(StoredKey key, Instant now) {
        return new KeyView(key.id, key.name, KeyRules.kind(key.role).prefix(), key.role, List.of(key.scopes), key.start,
                key.createdAt, key.createdBy, key.expiresAt, key.revokedAt, key.lastUsedAt,
                key.state(now).text(), key.replacedBy, key.tenantId, key.version);
    }
}
