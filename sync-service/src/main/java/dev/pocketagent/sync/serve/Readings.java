package dev.pocketagent.sync.serve;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.auth.Caller;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.sync.SyncProblem;
import dev.pocketagent.sync.git.GitStore;
import dev.pocketagent.sync.git.GitStores;
import dev.pocketagent.sync.git.Turns;
import dev.pocketagent.sync.job.Cause;
import dev.pocketagent.sync.job.Operations;
import dev.pocketagent.sync.revision.RefusedException;
import dev.pocketagent.sync.revision.Snapshot;
import dev.pocketagent.sync.revision.TreeCaps;
import dev.pocketagent.sync.skill.Skill;
import dev.pocketagent.sync.skill.SkillCatalog;
import dev.pocketagent.sync.source.LiveRevisions;
import dev.pocketagent.sync.source.LiveRevisions.Pointer;
import dev.pocketagent.sync.source.LiveRevisions.Revision;
import dev.pocketagent.sync.source.RevisionRow;

/**
 * Opens revisions for readers. File lists and skill catalogues are remembered by the hash of their tree, so they can never be stale; the
 * remote is not needed for any of this.
 */
@ApplicationScoped
class Readings {

    /** Entries of all remembered file lists together; one of 5,000 files takes about 1 MB. A hundred characters of skills count as one. */
    private static final int MOST_ENTRIES = 200_000;
    private static final int CHARACTERS_PER_ENTRY = 100;
    /** Trees looked through at once: most are remembered, and looking through one takes several times its list. */
    private static final int LOOKING = 3;

    /** The id of a commit or tree. */
    private static final Pattern ID = Pattern.compile("[0-9a-f]{40}");

    private final LiveRevisions live;
    private final GitStores stores;
    private final TreeCaps caps;
    private final Operations operations;
    private final Session database;
    private final RowScope rows;
    private final Clock clock;
    private final LinkedHashMap<String, Known> known = new LinkedHashMap<>(16, 0.75f, true);
    private final Turns looking = new Turns(LOOKING);
    private int knownEntries;

    @Inject
    Readings(LiveRevisions live, GitStores stores, TreeCaps caps, Operations operations, Session database,
            RowScope rows, Clock clock) {
        this.live = live;
        this.stores = stores;
        this.caps = caps;
        this.operations = operations;
        this.database = database;
        this.rows = rows;
        this.clock = clock;
    }

    /** What is remembered of a tree. */
    private static final class Known {

        private final Snapshot snapshot;
        private volatile @Nullable List<Skill> skills;
        private int weight;

        Known(Snapshot snapshot) {
            this.snapshot = snapshot;
            this.weight = snapshot.entries().size() + 1;
        }
    }

    /**
     * A revision that a caller may read.
     *
     * @param stalenessSeconds how long ago the remote last agreed with it
     */
    record Reading(UUID tenantId, UUID sourceId, Revision revision, long stalenessSeconds) {}

    /**
     * The live revision of a source, or an older one that is still kept.
     *
     * @throws ProblemException 404 when the source is not the caller's, 409 before the first synchronisation
     */
    Reading of(UUID sourceId, @Nullable String revisionId, Caller caller) {
        Pointer pointer = live.find(sourceId).orElseThrow(() -> ProblemException.notFound("source", sourceId));
        if (caller.isTenantBound() && !pointer.tenantId().equals(caller.tenantId())) {
            throw ProblemException.notFound("source", sourceId);
        }
        Revision revision = pointer.revision();
        if (revision == null) {
            throw new ProblemException(SyncProblem.NOT_SYNCED_YET,
                    "The source has not been synchronised yet; its 'lastError' says why.");
        }
        if (revisionId != null && !ID.matcher(revisionId).matches()) {
            throw ProblemException.notFound("revision", revisionId);
        }
        if (revisionId != null && !revisionId.equals(revision.id())) {
            revision = older(pointer, revision, revisionId);
        }
        return new Reading(pointer.tenantId(), sourceId, revision,
                Math.max(0, Duration.between(revision.checkedAt(), clock.instant()).toSeconds()));
    }

    private Revision older(Pointer pointer, Revision newest, String revisionId) {
        List<RevisionRow> found = rows.inTenant(pointer.tenantId(), () -> database
                .createQuery("from RevisionRow where sourceId = :source and revision = :revision order by number desc",
                        RevisionRow.class)
                .setParameter("source", pointer.sourceId()).setParameter("revision", revisionId).setMaxResults(1)
                .getResultList());
        if (found.isEmpty()) {
            throw ProblemException.notFound("revision", revisionId);
        }
        RevisionRow row = found.getFirst();
        return new Revision(row.revision, row.treeId, row.number, row.createdAt, newest.checkedAt());
    }

    /** Opens the store of a reading; close it. A store that this machine lost is fetched anew, and until then this is a 503 problem. */
    GitStore open(Reading reading) throws IOException {
        Optional<GitStore> store = stores.openIfHolds(reading.tenantId(), reading.sourceId(),
                reading.revision().treeId());
        if (store.isPresent()) {
            return store.get();
        }
        rows.inTenant(reading.tenantId(),
                () -> operations.enqueue(reading.tenantId(), reading.sourceId(), Cause.REPAIR));
        throw ProblemException.unavailable("The files of this revision are being fetched again.",
                Duration.ofSeconds(2));
    }

    Snapshot snapshot(Reading reading, GitStore store) throws IOException {
        return known(reading, store).snapshot;
    }

    List<Skill> skills(Reading reading, GitStore store) throws IOException {
        Known tree = known(reading, store);
        List<Skill> skills = tree.skills;
        if (skills != null) {
            return skills;
        }
        try (Turns.Turn _ = looking.take(reading.tenantId())) {
            skills = tree.skills; // somebody else may have wanted it, too
            if (skills == null) {
                skills = List.copyOf(SkillCatalog.of(tree.snapshot, store));
                tree.skills = skills;
                heavier(reading.revision().treeId(), tree,
                        (int) (skills.stream().mapToLong(Skill::characters).sum() / CHARACTERS_PER_ENTRY));
            }
            return skills;
        }
    }

    private Known known(Reading reading, GitStore store) throws IOException {
        String treeId = reading.revision().treeId();
        Known found = remembered(treeId);
        if (found != null) {
            return found;
        }
        try (Turns.Turn _ = looking.take(reading.tenantId())) {
            found = remembered(treeId); // somebody else may have wanted it, too
            if (found != null) {
                return found;
            }
            Known fresh = new Known(store.inspect(treeId, caps));
            synchronized (known) {
                Known other = known.put(treeId, fresh);
                knownEntries += fresh.weight - (other == null ? 0 : other.weight);
                forgetEldest();
            }
            return fresh;
        } catch (RefusedException stricterNow) {
            // It passed when it went live: the operator lowered the caps, or the store lost a part.
            throw ProblemException.unavailable("This revision cannot be read any more: " + stricterNow.detail(),
                    Duration.ofMinutes(1));
        }
    }

    private @Nullable Known remembered(String treeId) {
        synchronized (known) {
            return known.get(treeId);
        }
    }

    private void heavier(String treeId, Known tree, int more) {
        synchronized (known) {
            if (known.get(treeId) == tree) {
                tree.weight += more;
                knownEntries += more;
                forgetEldest();
            }
        }
    }

    private void forgetEldest() {
        while (knownEntries > MOST_ENTRIES && known.size() > 1) {
            knownEntries -= known.pollFirstEntry().getValue().weight;
        }
    }
}
