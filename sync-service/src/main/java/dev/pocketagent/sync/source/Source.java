package dev.pocketagent.sync.source;

import java.time.Instant;
import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;

import org.jspecify.annotations.Nullable;

/** A repository or local directory of a tenant, as its owner configured it. What became of it is in {@link Live}. */
@Entity
@Table(name = "source")
public class Source {

    public static final String GIT = "git";
    public static final String LOCAL = "local";

    @Id
    public UUID id;

    @Column(name = "tenant_id", updatable = false)
    public UUID tenantId;

    /** Unique within the tenant; a DNS label. */
    public String name;

    /** {@link #GIT} or {@link #LOCAL}. */
    @Column(updatable = false)
    public String kind;

    public @Nullable String url;

    public @Nullable String path;

    /** Branch or tag; null for the remote's default branch. */
    public @Nullable String ref;

    public @Nullable String username;

    /** Sealed. */
    public byte @Nullable [] token;

    /** {@link Forge#code()}. */
    public String forge;

    /** Sealed. */
    @Column(name = "webhook_secret")
    public byte[] webhookSecret;

    /** Folder below the tenant's part of the publishing root. */
    @Column(name = "publish_to")
    public @Nullable String publishTo;

    @Column(name = "interval_seconds")
    public int intervalSeconds;

    @Version
    public long version;

    @Column(name = "created_at", updatable = false)
    public Instant createdAt;

    @Column(name = "updated_at")
    public Instant updatedAt;

    @SuppressWarnings("NullAway.Init")
    protected Source() {
        // for Hibernate
    }

    Source(UUID id, UUID tenantId, String kind, String name, String forge, byte[] webhookSecret, int intervalSeconds,
            Instant now) {
        this.id = id;
        this.tenantId = tenantId;
        this.kind = kind;
        this.name = name;
        this.forge = forge;
        this.webhookSecret = webhookSecret;
        this.intervalSeconds = intervalSeconds;
        this.createdAt = now;
        this.updatedAt = now;
    }

    /** The place for which the webhook secret is sealed. */
    public String webhookSecretField() {
        return "source/" + id + "/webhook-secret";
    }

    /** The place for which the token is sealed. */
    public String tokenField() {
        return "source/" + id + "/token";
    }
}
