package dev.pocketagent.registry.quota;

import java.util.List;
import java.util.stream.Stream;

/**
 * One tenant's row.
 *
 * @param limit what the plan and the tenant's overrides allow
 * @param used what is confirmed
 * @param reserved what open reservations hold
 */
public record Quota(Amounts limit, Amounts used, Amounts reserved) {

    /** What is still free of a resource; never below 0. */
    public int available(Resource resource) {
        return Math.max(0, limit.of(resource) - used.of(resource) - reserved.of(resource));
    }

    /** Whether more is held of a resource than allowed, as after a move to a smaller plan. */
    public boolean over(Resource resource) {
        return used.of(resource) + reserved.of(resource) > limit.of(resource);
    }

    /** The resources of which more is held than allowed. */
    public List<Resource> over() {
        return Stream.of(Resource.values()).filter(this::over).toList();
    }

    /** The resources of which less is free than asked for. */
    public List<Resource> lacking(Amounts asked) {
        return Stream.of(Resource.values())
                .filter(resource -> asked.of(resource) > 0 && asked.of(resource) > available(resource)).toList();
    }
}
