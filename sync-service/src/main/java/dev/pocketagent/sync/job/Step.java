package dev.pocketagent.sync.job;

import java.io.Serializable;
import java.time.Instant;
import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;

import org.hibernate.annotations.Immutable;
import org.jspecify.annotations.Nullable;

/** One step of an operation, as progress bars show it. */
@Entity
@Immutable
@Table(name = "operation_step")
@IdClass(Step.Key.class)
public class Step {

    /** Identity of a step: its operation and its place in it. */
    public record Key(UUID operationId, int position) implements Serializable {}

    @Id
    @Column(name = "operation_id")
    public UUID operationId;

    @Id
    public int position;

    public String name;

    /** running, succeeded or failed. */
    public String state;

    @Column(name = "started_at")
    public Instant startedAt;

    @Column(name = "ended_at")
    public @Nullable Instant endedAt;

    public String message;

    @SuppressWarnings("NullAway.Init")
    protected Step() {
        // for Hibernate
    }
}
