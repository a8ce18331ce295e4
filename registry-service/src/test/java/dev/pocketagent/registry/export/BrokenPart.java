package dev.pocketagent.registry.export;

import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

import jakarta.enterprise.context.ApplicationScoped;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.registry.ExportPart;

/** A part that fails half-way, for the tenants that a test names. */
@ApplicationScoped
public class BrokenPart implements ExportPart {

    static final Set<UUID> BROKEN_FOR = ConcurrentHashMap.newKeySet();

    @Override
    public String file() {
        return "broken.jsonl";
    }

    @Override
    public String about() {
        return "a test";
    }

    @Override
    public @Nullable Piece read(UUID tenantId, @Nullable Object from) {
        if (!BROKEN_FOR.contains(tenantId)) {
            return null;
        }
        int number = from == null ? 0 : (Integer) from;
        // Megabytes later, so that the answer has long begun.
        if (number > 100) {
            throw new IllegalStateException("half-way");
        }
        return new Piece(IntStream.range(0, 1000).mapToObj(i -> UUID.randomUUID().toString()).toList(), number + 1);
    }
}
