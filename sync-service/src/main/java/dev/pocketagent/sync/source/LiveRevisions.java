package dev.pocketagent.sync.source;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;

import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.db.RowScope;

/**
 * Where the pointers stand, for readers. Remembered for one second, so that thousands of revalidations a second cost one query; a move in
 * this process is seen at once, a move in another process within that second.
 */
@ApplicationScoped
public class LiveRevisions {

    private static final Duration REMEMBERED = Duration.ofSeconds(1);
    private static final int MOST = 10_000;

    private final Session database;
    private final RowScope rows;
    private final Clock clock;
    private final Map<UUID, Remembered> remembered = new LinkedHashMap<>(16, 0.75f, true);

    @Inject
    LiveRevisions(Session database, RowScope rows, Clock clock) {
        this.database = database;
        this.rows = rows;
        this.clock = clock;
    }

    /** A pointer was moved, or a source changed or went away. */
    public record Moved(UUID sourceId) {}

    /**
     * What readers need to know of a source.
     *
     * @param revision what is live; null before the first synchronisation succeeded
     */
    public record Pointer(UUID sourceId, UUID tenantId, @Nullable Revision revision) {}

    /**
     * The live revision of a source.
     *
     * @param id commit id or content hash
     * @param publishedAt when it went live
     * @param checkedAt when the remote last agreed with it
     */
    public record Revision(String id, String treeId, long number, Instant publishedAt, Instant checkedAt) {}

    private record Remembered(Optional<Pointer> pointer, Instant until) {}

    /** The pointer of a source, of whatever tenant: the caller checks that. Empty when there is no such source. */
    public Optional<Pointer> find(UUID sourceId) {
        Instant now = clock.instant();
        synchronized (remembered) {
            Remembered known = remembered.get(sourceId);
            if (known != null && now.isBefore(known.until())) {
                return known.pointer();
            }
        }
        Optional<Pointer> pointer = rows.inAllTenants(() -> load(sourceId));
        synchronized (remembered) {
            remembered.put(sourceId, new Remembered(pointer, now.plus(REMEMBERED)));
            if (remembered.size() > MOST) {
                remembered.remove(remembered.keySet().iterator().next());
            }
        }
        return pointer;
    }

    void moved(@Observes(during = TransactionPhase.AFTER_SUCCESS) Moved event) {
        synchronized (remembered) {
            remembered.remove(event.sourceId());
        }
    }

    private Optional<Pointer> load(UUID sourceId) {
        Live live = database.find(Live.class, sourceId);
        if (live == null) {
            return Optional.empty();
        }
        Long number = live.number;
        Instant publishedAt = live.publishedAt;
        Instant checkedAt = live.checkedAt;
        if (number == null || publishedAt == null || checkedAt == null) {
            return Optional.of(new Pointer(sourceId, live.tenantId, null));
        }
        List<RevisionRow> found = database
                .createQuery("from RevisionRow where sourceId = :source and number = :number", RevisionRow.class)
                .setParameter("source", sourceId).setParameter("number", number).getResultList();
        RevisionRow row = found.getFirst();
        return Optional.of(new Pointer(sourceId, live.tenantId,
                new Revision(row.revision, row.treeId, number, publishedAt, checkedAt)));
    }
}
