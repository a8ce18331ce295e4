package dev.pocketagent.registry.webhook;

import java.net.URI;
import java.time.Instant;
import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

import org.jspecify.annotations.Nullable;

/** A webhook as it is stored; its secrets are sealed. Changes are made under the row's lock. */
@Entity
@Table(name = "webhook")
class Webhook {

    @Id
    UUID id;
    /** Owner; null for the platform. */
    @Column(name = "tenant_id")
    @Nullable
    UUID tenantId;
    /** The only tenant that a webhook of the platform is about; null for all. */
    @Column(name = "about_tenant_id")
    @Nullable
    UUID aboutTenantId;
    String url;
    String[] events;
    @Nullable
    String description;
    @Column(name = "after_seq")
    long afterSeq;
    byte[] secret;
    @Column(name = "old_secret")
    byte @Nullable [] oldSecret;
    @Column(name = "old_secret_until")
    @Nullable
    Instant oldSecretUntil;
    boolean enabled;
    @Column(name = "disabled_at")
    @Nullable
    Instant disabledAt;
    @Column(name = "disabled_reason")
    @Nullable
    String disabledReason;
    @Column(name = "failing_since")
    @Nullable
    Instant failingSince;
    @Column(name = "not_before")
    @Nullable
    Instant notBefore;
    @Column(name = "created_at")
    Instant createdAt;
    @Column(name = "created_by")
    @Nullable
    UUID createdBy;
    @Column(name = "updated_at")
    Instant updatedAt;
    long version;

    @SuppressWarnings("NullAway.Init")
    protected Webhook() {}

    /** The place its secrets are sealed for; an old secret keeps it. */
    static String secretField(UUID id) {
        return "webhook/" + id + "/secret";
    }

    /** Scheme, host and port: paths and queries of webhooks often hold a token. */
    static String origin(String url) {
        URI uri = URI.create(url);
        return uri.getScheme() + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
    }

    void changed(Instant now) {
        updatedAt = now;
        version++;
    }
}
