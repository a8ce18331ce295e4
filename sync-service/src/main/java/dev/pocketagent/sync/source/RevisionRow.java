package dev.pocketagent.sync.source;

import java.io.Serializable;
import java.time.Instant;
import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;

/** One state of a source that was live once. */
@Entity
@Table(name = "revision")
@IdClass(RevisionRow.Key.class)
public class RevisionRow {

    /** Identity of a revision: the source and its number. */
    public record Key(UUID sourceId, long number) implements Serializable {}

    @Id
    @Column(name = "source_id")
    public UUID sourceId;

    @Id
    public long number;

    @Column(name = "tenant_id")
    public UUID tenantId;

    /** Commit id, or the content hash of a local directory. */
    public String revision;

    @Column(name = "tree_id")
    public String treeId;

    public String subject;

    @Column(name = "committed_at")
    public Instant committedAt;

    /** Whether the remote's history was rewritten between the revision before and this one. */
    public boolean forced;

    public int files;

    public long bytes;

    /** JSON list of {@link dev.pocketagent.sync.revision.Warning}. */
    public String warnings;

    @Column(name = "created_at")
    public Instant createdAt;

    @SuppressWarnings("NullAway.Init")
    protected RevisionRow() {
        // for Hibernate
    }

    public RevisionRow(UUID sourceId, long number, UUID tenantId, String revision, String treeId, String subject,
            Instant committedAt,
            boolean forced, int files, long bytes, String warnings, Instant createdAt) {
        this.sourceId = sourceId;
        this.number = number;
        this.tenantId = tenantId;
        this.revision = revision;
        this.treeId = treeId;
        this.subject = subject;
        this.committedAt = committedAt;
        this.forced = forced;
        this.files = files;
        this.bytes = bytes;
        this.warnings = warnings;
        this.createdAt = createdAt;
    }
}
