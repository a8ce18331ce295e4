package dev.pocketagent.sync.job;

import java.time.Instant;
import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

import org.hibernate.annotations.Immutable;
import org.jspecify.annotations.Nullable;

/** One piece of work on one source. Written by the statements of {@link Operations} only; here it is read. */
@Entity
@Immutable
@Table(name = "operation")
public class Operation {

    @Id
    public UUID id;

    @Column(name = "tenant_id")
    public UUID tenantId;

    @Column(name = "source_id")
    public UUID sourceId;

    public String kind;

    public String cause;

    /** queued, running, succeeded, failed or cancelled. */
    public String state;

    @Column(name = "error_code")
    public @Nullable String errorCode;

    @Column(name = "error_detail")
    public @Nullable String errorDetail;

    /** Whether a new revision went live. */
    public boolean changed;

    @Column(name = "created_at")
    public Instant createdAt;

    @Column(name = "started_at")
    public @Nullable Instant startedAt;

    @Column(name = "ended_at")
    public @Nullable Instant endedAt;

    @SuppressWarnings("NullAway.Init")
    protected Operation() {
        // for Hibernate
    }
}
