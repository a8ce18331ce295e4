package dev.pocketagent.provisioner.operation;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.annotation.JsonInclude;

import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * An operation as the API shows it.
 *
 * @param kind {@code apply}, {@code delete}, {@code suspend} or {@code resume}
 * @param state {@code queued}, {@code running}, {@code succeeded}, {@code failed} or {@code cancelled}
 * @param attempt how often a worker has taken it up
 * @param mutatingCalls changes that were really made; 0 when all was as it should be
 * @param steps of all attempts, in order
 */
@RegisterForReflection
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Operation(UUID id, String kind, UUID stackId, UUID tenantId, String state, int attempt, int mutatingCalls,
        Instant createdAt,
        @Nullable Instant startedAt, @Nullable Instant endedAt, List<Step> steps, @Nullable Failure error) {

    public Operation {
        steps = List.copyOf(steps);
    }

    /**
     * @param position from 0
     * @param state {@code pending}, {@code running}, {@code succeeded}, {@code failed} or {@code interrupted}
     */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Step(int position, String name, String state, @Nullable Instant startedAt, @Nullable Instant endedAt,
            String message) {}

    /** @param code stable, e.g. {@code image_missing} */
    @RegisterForReflection
    public record Failure(String code, String detail) {}

    /** Whether it will not change any more. */
    public boolean over() {
        return !state.equals("queued") && !state.equals("running");
    }
}
