package dev.pocketagent.registry.key;

import java.time.Instant;
import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

import org.jspecify.annotations.Nullable;

/** A key as it is stored: its digest and what is known of it, never the key itself. */
@Entity
@Table(name = "api_key")
class StoredKey {

    @Id
    UUID id;
    @Column(name = "tenant_id")
    @Nullable
    UUID tenantId;
    String name;
    String role;
    String[] scopes;
    String start;
    byte[] sha256;
    @Column(name = "created_at")
    Instant createdAt;
    @Column(name = "created_by")
    @Nullable
    UUID createdBy;
    @Column(name = "expires_at")
    @Nullable
    Instant expiresAt;
    @Column(name = "revoked_at")
    @Nullable
    Instant revokedAt;
    /** Written by {@link LastUse} only, beside the version. */
    @Column(name = "last_used_at", insertable = false, updatable = false)
    @Nullable
    Instant lastUsedAt;
    /** Whether it takes part in the tenant's quota of keys. */
    boolean counted;
    /** The key that took over, since when this one only serves out its overlap. */
    @Column(name = "replaced_by")
    @Nullable
    UUID replacedBy;
    /** Whether the trail and the feed know that it expired. */
    @Column(name = "expiry_told")
    boolean expiryTold;
    long version;

    @SuppressWarnings("NullAway.Init")
    protected StoredKey() {}

    KeyState state(Instant now) {
        return KeyState.of(revokedAt != null, expiresAt, now);
    }
}
