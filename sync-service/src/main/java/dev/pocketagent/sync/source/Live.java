package dev.pocketagent.sync.source;

import java.time.Instant;
import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

import org.jspecify.annotations.Nullable;

/** Which revision of a source readers see, and how fresh it is. The pointer whose move makes a revision live. */
@Entity
@Table(name = "live")
public class Live {

    @Id
    @Column(name = "source_id")
    public UUID sourceId;

    @Column(name = "tenant_id", updatable = false)
    public UUID tenantId;

    /** Number of the live revision; null before the first. */
    public @Nullable Long number;

    /** What the remote's ref pointed to when that revision was made; null for local sources. */
    @Column(name = "remote_id")
    public @Nullable String remoteId;

    @Column(name = "published_at")
    public @Nullable Instant publishedAt;

    /** When the remote last agreed with what is live. */
    @Column(name = "checked_at")
    public @Nullable Instant checkedAt;

    @Column(name = "error_code")
    public @Nullable String errorCode;

    @Column(name = "error_detail")
    public @Nullable String errorDetail;

    @Column(name = "error_at")
    public @Nullable Instant errorAt;

    @SuppressWarnings("NullAway.Init")
    protected Live() {
        // for Hibernate
    }

    public Live(UUID sourceId, UUID tenantId) {
        this.sourceId = sourceId;
        this.tenantId = tenantId;
    }
}
