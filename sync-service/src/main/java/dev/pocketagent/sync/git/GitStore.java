package dev.pocketagent.sync.git;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.errors.MissingObjectException;
import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.internal.storage.file.GC;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.ProgressMonitor;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.lib.StoredConfig;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevObject;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.eclipse.jgit.transport.PackParser;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.sync.revision.Blobs;
import dev.pocketagent.sync.revision.Entry;
import dev.pocketagent.sync.revision.RefusedException;
import dev.pocketagent.sync.revision.Snapshot;
import dev.pocketagent.sync.revision.TreeCaps;

/**
 * The bare git repository in which all revisions of one source lie, of git sources and of local folders alike: content is addressed by
 * its hash, so a revision never changes and equal files are kept once. Safe for use by several threads; close it after use.
 */
public final class GitStore implements Blobs, AutoCloseable {

    /** Where the tip of the remote branch is kept between two fetches. */
    static final String TIP = "refs/pocket/tip";
    private static final String REVISIONS = "refs/pocket/revisions/";
    private static final Duration UNNEEDED_KEPT = Duration.ofHours(1);

    private final Repository repository;
    private final UUID tenantId;
    private final Turns reading;

    private GitStore(Repository repository, UUID tenantId, Turns reading) {
        this.repository = repository;
        this.tenantId = tenantId;
        this.reading = reading;
    }

    /**
     * Opens the store in a folder and creates it when there is none.
     *
     * @param maxObjectBytes larger objects are refused while they are received, whatever the tree says
     * @param reading turns to read a file
     */
    static GitStore open(Path folder, long maxObjectBytes, UUID tenantId, Turns reading) throws IOException {
        if (!Files.exists(folder.resolve("HEAD"))) {
            create(folder);
        }
        return new GitStore(new Repository(folder, maxObjectBytes), tenantId, reading);
    }

    private static void create(Path folder) throws IOException {
        Path parent = folder.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IOException("a store cannot be the root of the file system");
        }
        Files.createDirectories(parent);
        // Made aside and moved: after a crash there is a whole store or none.
        Path aside = Files.createTempDirectory(parent, ".new-");
        try (Repository fresh = new Repository(aside, Long.MAX_VALUE)) {
            fresh.create(true);
            StoredConfig config = fresh.getConfig();
            config.setString("http", null, "followRedirects", "false");
            config.setInt("gc", null, "auto", 0);
            config.setBoolean("core", null, "logAllRefUpdates", false);
            config.save();
        }
        try {
            Files.move(aside, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException | AtomicMoveNotSupportedException raced) {
            Folders.delete(aside);
            if (!Files.exists(folder.resolve("HEAD"))) {
                throw raced;
            }
        }
    }

    /** A second handle of the same store; both have to be closed. */
    GitStore share() {
        repository.incrementOpen();
        return new GitStore(repository, tenantId, reading);
    }

    FileRepository repository() {
        return repository;
    }

    /** Whether the tree itself is here. What is below it was checked when it was taken in. */
    public boolean holds(String treeId) throws IOException {
        try (ObjectReader reader = repository.newObjectReader()) {
            return reader.has(ObjectId.fromString(treeId), Constants.OBJ_TREE);
        }
    }

    /** Walks a whole tree and checks it against all rules. */
    public Snapshot inspect(String treeId, TreeCaps caps) throws IOException, RefusedException {
        try (ObjectReader reader = repository.newObjectReader()) {
            return new TreeInspector(reader, caps).inspect(ObjectId.fromString(treeId));
        }
    }

    /**
     * Begins to write files of a local directory.
     *
     * @param manyFiles whether hundreds of files will come
     */
    public TreeWriter writer(boolean manyFiles) {
        return new TreeWriter(repository, manyFiles);
    }

    /** Keeps a commit or tree from being collected as garbage, under the number of its revision. */
    public void keep(long revision, String objectId) throws IOException {
        RefUpdate update = repository.updateRef(REVISIONS + revision);
        update.setNewObjectId(ObjectId.fromString(objectId));
        update.setCheckConflicting(false);
        switch (update.forceUpdate()) {
            case NEW, FORCED, FAST_FORWARD, NO_CHANGE -> {
                // kept
            }
            default -> throw new IOException("could not keep revision " + revision + ": " + update.getResult());
        }
    }

    /** Lets a revision go; nothing holds its content any more. */
    public void release(long revision) throws IOException {
        if (repository.exactRef(REVISIONS + revision) != null) {
            RefUpdate update = repository.updateRef(REVISIONS + revision);
            update.setForceUpdate(true);
            update.delete();
        }
    }

    /** The commit that was fetched last, if any. */
    public Optional<Commit> tip() throws IOException {
        Ref tip = repository.exactRef(TIP);
        if (tip == null || tip.getObjectId() == null) {
            return Optional.empty();
        }
        return Optional.of(commit(tip.getObjectId()));
    }

    Commit commit(ObjectId id) throws IOException {
        try (RevWalk walk = new RevWalk(repository)) {
            RevObject found = walk.peel(walk.parseAny(id));
            if (!(found instanceof RevCommit commit)) {
                throw new RemoteException(RemoteException.Reason.REF_NOT_FOUND, "The ref does not name a commit.",
                        null);
            }
            String subject = commit.getShortMessage().replaceAll("\\p{Cntrl}", " ").strip();
            return new Commit(commit.name(), commit.getTree().name(), Instant.ofEpochSecond(commit.getCommitTime()),
                    subject.length() > 200 ? subject.substring(0, 200) : subject);
        }
    }

    /** Whether the first commit is part of the history of the second, as far as the history is here. */
    boolean isAncestor(String older, String newer) throws IOException {
        try (RevWalk walk = new RevWalk(repository)) {
            return walk.isMergedInto(walk.parseCommit(ObjectId.fromString(older)),
                    walk.parseCommit(ObjectId.fromString(newer)));
        } catch (MissingObjectException gone) {
            return false;
        }
    }

    /**
     * Packs the store anew when fetches have left many packs in it. What no kept revision needs goes with that, except for what is
     * younger than an hour: a reader or a running fetch may still need it.
     *
     * @param mostPacks packs that are fine
     * @return whether anything was done
     */
    public boolean tidy(int mostPacks) throws IOException {
        if (repository.getObjectDatabase().getPacks().size() <= mostPacks) {
            return false;
        }
        GC collector = new GC(repository);
        collector.setExpireAgeMillis(UNNEEDED_KEPT.toMillis());
        collector.setPackExpireAgeMillis(0); // JGit finds an object again whose pack went away
        try {
            collector.gc();
        } catch (ParseException | GitAPIException failure) {
            throw new IOException(failure);
        }
        return true;
    }

    /**
     * {@inheritDoc}
     *
     * <p>
     * On purpose no stream from the database: a packed file, however small, may be a delta of one as large as is allowed. JGit makes such
     * a one in memory, or as a stream that reads its base anew for each step back, of which a made-up pack can have a hundred thousand. So
     * few are made at once, and who sends the bytes on has to count them.
     */
    @Override
    public byte[] bytes(Entry entry) throws IOException {
        try (Turns.Turn _ = reading.take(tenantId); ObjectReader reader = repository.newObjectReader()) {
            // No copy: nobody writes into it.
            return reader.open(ObjectId.fromString(entry.blobId()), Constants.OBJ_BLOB)
                    .getCachedBytes(Integer.MAX_VALUE);
        }
    }

    @Override
    public void copyTo(Entry entry, OutputStream out) throws IOException {
        try (ObjectReader reader = repository.newObjectReader()) {
            reader.open(ObjectId.fromString(entry.blobId()), Constants.OBJ_BLOB).copyTo(out);
        }
    }

    @Override
    public void close() {
        repository.close();
    }

    /** A repository that refuses large objects while a pack is received: JGit offers no setting for it on the fetching side. */
    private static final class Repository extends FileRepository {

        private final long maxObjectBytes;

        Repository(Path folder, long maxObjectBytes) throws IOException {
            super(new FileRepositoryBuilder().setGitDir(folder.toFile()).setBare().setup());
            this.maxObjectBytes = maxObjectBytes;
        }

        @Override
        public void autoGC(@Nullable ProgressMonitor monitor) {
            // JGit would look after each fetch, on a thread of its own; tidy() decides instead
        }

        @Override
        public ObjectInserter newObjectInserter() {
            ObjectInserter inserter = super.newObjectInserter();
            return new ObjectInserter.Filter() {
                @Override
                protected ObjectInserter delegate() {
                    return inserter;
                }

                @Override
                public PackParser newPackParser(InputStream in) throws IOException {
                    PackParser parser = super.newPackParser(in);
                    parser.setMaxObjectSizeLimit(maxObjectBytes);
                    return parser;
                }
            };
        }
    }
}
