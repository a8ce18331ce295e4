package dev.pocketagent.sync.worker;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;

import org.hibernate.Session;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.sync.SyncConfig;
import dev.pocketagent.sync.git.Commit;
import dev.pocketagent.sync.git.GitStore;
import dev.pocketagent.sync.git.GitStores;
import dev.pocketagent.sync.git.Remote;
import dev.pocketagent.sync.git.RemoteException;
import dev.pocketagent.sync.job.Operations;
import dev.pocketagent.sync.job.Operations.Claim;
import dev.pocketagent.sync.job.SyncMetrics;
import dev.pocketagent.sync.local.FolderReader;
import dev.pocketagent.sync.local.LocalRoots;
import dev.pocketagent.sync.local.UnstableException;
import dev.pocketagent.sync.publish.DirectoryPublisher;
import dev.pocketagent.sync.publish.PublishException;
import dev.pocketagent.sync.revision.RefusedException;
import dev.pocketagent.sync.revision.Snapshot;
import dev.pocketagent.sync.revision.TreeCaps;
import dev.pocketagent.sync.revision.Warning;
import dev.pocketagent.sync.serve.ContextFiles;
import dev.pocketagent.sync.source.Live;
import dev.pocketagent.sync.source.LiveRevisions;
import dev.pocketagent.sync.source.Remotes;
import dev.pocketagent.sync.source.RevisionRow;
import dev.pocketagent.sync.source.Source;

/**
 * What one synchronisation does: look, fetch or read, check the whole tree, move the pointer, publish. Everything before the move can
 * fail or be repeated without a reader noticing, and the move is one transaction.
 */
@ApplicationScoped
class Synchronizer {

    private static final Logger LOG = Logger.getLogger(Synchronizer.class);

    /** Each fetch leaves a pack, and each look-up of an object asks every pack. */
    private static final int MOST_PACKS = 50;

    private final Session database;
    private final RowScope rows;
    private final Operations operations;
    private final Remotes remotes;
    private final GitStores stores;
    private final LocalRoots localRoots;
    private final LocalWatch watch;
    private final DirectoryPublisher publisher;
    private final TreeCaps caps;
    private final SyncMetrics metrics;
    private final Event<LiveRevisions.Moved> moved;
    private final ObjectMapper json;
    private final Clock clock;
    private final int keepRevisions;
    private final Map<UUID, FolderReader> readers = new ConcurrentHashMap<>();

    @Inject
    Synchronizer(Session database, RowScope rows, Operations operations, Remotes remotes, GitStores stores,
            LocalRoots localRoots,
            LocalWatch watch, DirectoryPublisher publisher, TreeCaps caps, SyncMetrics metrics,
            Event<LiveRevisions.Moved> moved,
            ObjectMapper json, Clock clock, SyncConfig config) {
        this.database = database;
        this.rows = rows;
        this.operations = operations;
        this.remotes = remotes;
        this.stores = stores;
        this.localRoots = localRoots;
        this.watch = watch;
        this.publisher = publisher;
        this.caps = caps;
        this.metrics = metrics;
        this.moved = moved;
        this.json = json;
        this.clock = clock;
        this.keepRevisions = config.jobs().keepRevisions();
    }

    /** How it ended. */
    sealed interface Outcome {
        /** What is live is what the source has. */
        record Unchanged() implements Outcome {}

        /** A new revision is live. */
        record Changed(String revision) implements Outcome {}

        /** Nothing changed for readers; the source is looked at again later. */
        record Failed(String code, String detail) implements Outcome {}
    }

    /** The source as it was when the work began. */
    private record Task(Source source, Live live, @Nullable RevisionRow current, @Nullable Remote remote) {}

    /** A tree that passed the check and is not live yet. */
    private record Candidate(String revision, Snapshot snapshot, String subject, Instant committedAt, boolean forced,
            @Nullable String remoteId) {}

    private interface Work<T> {
        T run() throws IOException, RefusedException;
    }

    /** The steps of one operation: each is visible while it runs. */
    private final class Steps {

        private final Claim claim;
        private int position;

        Steps(Claim claim) {
            this.claim = claim;
        }

        <T> T run(String name, Work<T> work, Function<T, String> message) throws IOException, RefusedException {
            int mine = position++;
            operations.beginStep(claim, mine, name);
            T result;
            try {
                result = work.run();
            } catch (IOException | RefusedException | RuntimeException failure) {
                end(mine, false,
                        failure instanceof RuntimeException ? "An error of ours; it was logged." : sentence(failure));
                throw failure;
            }
            end(mine, true, message.apply(result));
            return result;
        }

        private void end(int step, boolean succeeded, String message) {
            rows.inTenant(claim.tenantId(), () -> {
                operations.endStep(claim, step, succeeded, message);
                return step;
            });
        }
    }

    /** Synchronises one source. Expected failures are outcomes; only a lost lease and errors of ours are thrown. */
    Outcome run(Claim claim) {
        Optional<Task> task = rows.inTenant(claim.tenantId(), () -> load(claim.sourceId()));
        if (task.isEmpty()) {
            return new Outcome.Unchanged();
        }
        try (GitStore store = stores.open(claim.tenantId(), claim.sourceId())) {
            return synchronize(claim, task.get(), store, new Steps(claim));
        } catch (RefusedException refused) {
            return new Outcome.Failed(refused.rule(), sentence(refused));
        } catch (RemoteException remote) {
            return new Outcome.Failed(remote.reason().code(), remote.detail());
        } catch (PublishException publish) {
            return new Outcome.Failed("publish-refused", publish.detail());
        } catch (UnstableException unstable) {
            return new Outcome.Failed("unstable", sentence(unstable));
        } catch (IOException broken) {
            LOG.errorf(broken, "Source %s: the store or the disk failed", claim.sourceId());
            return new Outcome.Failed("storage",
                    "The store of this service failed; the operator finds the cause in its log.");
        }
    }

    private Optional<Task> load(UUID sourceId) {
        Source source = database.find(Source.class, sourceId);
        if (source == null) {
            return Optional.empty();
        }
        Live live = database.find(Live.class, sourceId);
        Long number = live.number;
        RevisionRow current = number == null
                ? null
                : database.find(RevisionRow.class, new RevisionRow.Key(sourceId, number));
        return Optional.of(new Task(source, live, current, source.kind.equals(Source.GIT) ? remotes.of(source) : null));
    }

    private Outcome synchronize(Claim claim, Task task, GitStore store, Steps steps)
            throws IOException, RefusedException {
        Remote remote = task.remote();
        Optional<Candidate> candidate = remote == null
                ? fromFolder(task, store, steps)
                : fromRemote(task, remote, store, steps);
        RevisionRow current = task.current();
        Outcome outcome = new Outcome.Unchanged();
        Snapshot former = null;
        if (candidate.isPresent()) {
            Candidate next = candidate.get();
            steps.run("go-live", () -> goLive(claim, task, next, store), number -> "Revision " + number + " is live.");
            outcome = new Outcome.Changed(next.revision());
            next.snapshot().warnings().forEach(warning -> metrics.leftOut(warning.code()));
        }
        String publishTo = task.source().publishTo;
        if (publishTo != null && (candidate.isPresent() || current != null)) {
            Path folder = publishFolder(task.source().tenantId, publishTo);
            String revision = candidate.isPresent()
                    ? candidate.get().revision()
                    : String.valueOf(current == null ? null : current.revision);
            if (current != null && store.holds(current.treeId)) {
                former = store.inspect(current.treeId, caps);
            }
            Snapshot snapshot = candidate.isPresent() ? candidate.get().snapshot() : former;
            if (snapshot != null) {
                Snapshot before = former;
                steps.run("publish", () -> publisher.publish(folder, revision, snapshot, store, before),
                        changed -> changed
                                ? "Published " + snapshot.entries().size() + " files."
                                : "Already published.");
            }
        }
        return outcome;
    }

    /** Where a source publishes to, from the publishing root: each tenant has a folder of its own. */
    static Path publishFolder(UUID tenantId, String publishTo) {
        return Path.of(tenantId.toString()).resolve(publishTo);
    }

    private Optional<Candidate> fromRemote(Task task, Remote remote, GitStore store, Steps steps)
            throws IOException, RefusedException {
        RevisionRow current = task.current();
        Remote.Tip tip = steps.run("look", () -> remote.tip(store),
                found -> found.name() + " is at " + shortened(found.objectId()) + ".");
        if (current != null && tip.objectId().equals(task.live().remoteId) && store.holds(current.treeId)) {
            return Optional.empty();
        }
        Remote.Fetched fetched = steps.run("fetch", () -> remote.fetch(store, tip),
                done -> "Received " + done.bytesReceived() + " bytes"
                        + (done.forced() ? "; the history was rewritten." : "."));
        metrics.fetched(fetched.bytesReceived());
        Commit commit = fetched.commit();
        Snapshot snapshot = steps.run("check", () -> store.inspect(commit.treeId(), caps), Synchronizer::counted);
        if (current != null && current.revision.equals(commit.id())) {
            store.keep(current.number, commit.id());
            return Optional.empty();
        }
        return Optional.of(new Candidate(commit.id(), snapshot, commit.subject(), commit.committedAt(),
                current != null && fetched.forced(),
                tip.objectId()));
    }

    private Optional<Candidate> fromFolder(Task task, GitStore store, Steps steps)
            throws IOException, RefusedException {
        String path = String.valueOf(task.source().path);
        LocalRoots.Place place = localRoots.find(path).orElseThrow(() -> new RefusedException("directory-missing", "",
                "The directory is not there, is not below a directory that the operator opened, or a link is on the way."));
        // Watched before it is read: a change between the two is told once more instead of lost.
        watch.watch(task.source().tenantId, task.source().id, place.path());
        FolderReader reader = readers.computeIfAbsent(task.source().id, id -> new FolderReader(caps, clock));
        Snapshot snapshot;
        synchronized (reader) {
            snapshot = steps.run("read", () -> {
                Snapshot read = reader.read(place, store);
                if (!store.holds(read.treeId())) {
                    // The store was emptied below us: what the reader remembers is not there any more.
                    reader.forget();
                    return reader.read(place, store);
                }
                return read;
            }, Synchronizer::counted);
        }
        RevisionRow current = task.current();
        if (current != null && current.treeId.equals(snapshot.treeId())) {
            return Optional.empty();
        }
        return Optional.of(new Candidate(snapshot.treeId(), snapshot, "", clock.instant(), false, null));
    }

    private Long goLive(Claim claim, Task task, Candidate next, GitStore store) throws IOException {
        UUID sourceId = task.source().id;
        RevisionRow current = task.current();
        long number = rows.inTenant(claim.tenantId(), () -> database
                .createNativeQuery("select coalesce(max(number), 0) + 1 from revision where source_id = :source",
                        Long.class)
                .setParameter("source", sourceId).getSingleResult());
        // First the store, then the row: a crash in between leaves a ref that nobody asks for.
        store.keep(number, next.revision());
        List<Long> old = rows.inTenant(claim.tenantId(), () -> {
            operations.hold(claim);
            Live live = database.find(Live.class, sourceId);
            if (live == null) {
                throw new Operations.LostLeaseException();
            }
            database.persist(new RevisionRow(sourceId, number, claim.tenantId(), next.revision(),
                    next.snapshot().treeId(), next.subject(),
                    next.committedAt(), next.forced(), next.snapshot().entries().size(), next.snapshot().totalBytes(),
                    warnings(next.snapshot()), clock.instant()));
            database.flush();
            live.number = number;
            live.remoteId = next.remoteId();
            live.publishedAt = clock.instant();
            live.checkedAt = clock.instant();
            database.flush();
            moved.fire(new LiveRevisions.Moved(sourceId));
            return database
                    .createNativeQuery(
                            "delete from revision where source_id = :source and number <= :oldest returning number",
                            Long.class)
                    .setParameter("source", sourceId).setParameter("oldest", number - keepRevisions).getResultList();
        });
        for (long gone : old) {
            store.release(gone);
        }
        store.tidy(MOST_PACKS);
        LOG.infof("Source %s is at revision %d (%s, %d files)%s", sourceId, number, shortened(next.revision()),
                next.snapshot().entries().size(), current == null ? "" : ", was at " + shortened(current.revision));
        return number;
    }

    private String warnings(Snapshot snapshot) {
        List<Warning> warnings = Stream.concat(ContextFiles.warning(snapshot).stream(), snapshot.warnings().stream())
                .toList();
        try {
            return json.writeValueAsString(warnings);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String counted(Snapshot snapshot) {
        String skipped = snapshot.warnings().isEmpty()
                ? ""
                : "; left out: " + snapshot.warnings().stream()
                        .collect(Collectors.groupingBy(Warning::code, TreeMap::new, Collectors.counting())).entrySet()
                        .stream()
                        .map(entry -> entry.getKey() + " " + entry.getValue()).collect(Collectors.joining(", "));
        return snapshot.entries().size() + " files, " + snapshot.totalBytes() + " bytes" + skipped + ".";
    }

    private static String sentence(Exception failure) {
        String text = failure instanceof RefusedException refused && !refused.path().isEmpty()
                && !refused.detail().contains(refused.path())
                        ? refused.detail() + " (" + refused.path() + ")"
                        : String.valueOf(failure.getMessage());
        return text.replaceAll("\\p{Cntrl}", "?");
    }

    private static String shortened(String id) {
        return id.substring(0, Math.min(12, id.length()));
    }
}
