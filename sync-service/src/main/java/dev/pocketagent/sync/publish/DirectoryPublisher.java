package dev.pocketagent.sync.publish;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.sync.git.Folders;
import dev.pocketagent.sync.revision.Blobs;
import dev.pocketagent.sync.revision.Entry;
import dev.pocketagent.sync.revision.Snapshot;

/**
 * Publishes revisions of one source into one folder, for consumers that read files:
 *
 * <pre>
 * &lt;folder&gt;/current -&gt; &lt;revision&gt;      moved in one step (rename of a relative link)
 * &lt;folder&gt;/&lt;revision&gt;/...             complete before {@code current} names it, never changed after
 * &lt;folder&gt;/.pocket-sync/&lt;revision&gt;     marks what is ours; its time says since when it is published or retired
 * &lt;folder&gt;/.pocket-sync/new-...        what is not finished yet
 * </pre>
 *
 * Mount {@code <folder>} read-only, not {@code current}: a container that binds the link itself keeps the old files. A reader that has
 * resolved {@code current} finds the files of that revision for at least {@code keep} after the next one. Files that did not change are
 * hard links to the former revision. For one writer at a time.
 */
public final class DirectoryPublisher {

    /** The name under which readers find the newest revision. */
    public static final String CURRENT = "current";
    private static final String MARKS = ".pocket-sync";
    private static final String ASIDE = "new-";
    private static final Pattern REVISION = Pattern.compile("[0-9a-f]{40}");

    private final Path root;
    private final Duration keep;
    private final Clock clock;

    /**
     * @param root everything is published below this folder
     * @param keep how long a former revision stays for readers that still use it
     */
    public DirectoryPublisher(Path root, Duration keep, Clock clock) {
        this.root = root.toAbsolutePath().normalize();
        this.keep = keep;
        this.clock = clock;
    }

    /**
     * Makes a revision the current one. Doing it again changes nothing.
     *
     * @param folder folder below the root, relative
     * @param revision id of the revision, 40 hex digits
     * @param previous files of the revision that is current now, if known: what is equal is linked instead of written
     * @return whether anything changed
     * @throws PublishException when something that is not ours is in the way
     */
    public boolean publish(Path folder, String revision, Snapshot snapshot, Blobs blobs, @Nullable Snapshot previous)
            throws IOException {
        if (!REVISION.matcher(revision).matches()) {
            throw new IllegalArgumentException("not a revision: " + revision);
        }
        Path target = secured(folder);
        removeLeftovers(target);
        Optional<String> before = current(target);
        if (before.isPresent() && before.get().equals(revision)
                && Files.isDirectory(target.resolve(revision), LinkOption.NOFOLLOW_LINKS)) {
            retire(target, revision);
            return false;
        }
        Path home = target.resolve(revision);
        if (!Files.isDirectory(home, LinkOption.NOFOLLOW_LINKS)) {
            write(target, home, revision, snapshot, blobs, before.map(target::resolve).orElse(null), previous);
        } else if (!Files.exists(mark(target, revision))) {
            throw new PublishException("A folder with the name of the revision is in the way and is not ours.");
        }
        Files.setLastModifiedTime(mark(target, revision), FileTime.from(clock.instant()));
        Path link = target.resolve(MARKS).resolve(ASIDE + UUID.randomUUID());
        Files.createSymbolicLink(link, Path.of(revision));
        Files.move(link, target.resolve(CURRENT), StandardCopyOption.ATOMIC_MOVE);
        if (before.isPresent() && Files.exists(mark(target, before.get()))) {
            Files.setLastModifiedTime(mark(target, before.get()), FileTime.from(clock.instant()));
        }
        retire(target, revision);
        return true;
    }

    /** Deletes former revisions whose time is over. Cheap when there are none. */
    public void retire(Path folder) throws IOException {
        Path target = root.resolve(folder).normalize();
        if (target.startsWith(root) && Files.isDirectory(target.resolve(MARKS), LinkOption.NOFOLLOW_LINKS)) {
            Optional<String> current = current(target);
            if (current.isPresent()) {
                retire(target, current.get());
            }
        }
    }

    /** Takes everything away that was published here, and only that. */
    public void withdraw(Path folder) throws IOException {
        Path target = root.resolve(folder).normalize();
        if (!target.startsWith(root) || !Files.isDirectory(target.resolve(MARKS), LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (current(target).isPresent()) {
            Files.deleteIfExists(target.resolve(CURRENT));
        }
        for (String revision : marked(target)) {
            drop(target, revision);
        }
        removeLeftovers(target);
        Folders.delete(target.resolve(MARKS));
        try {
            Files.delete(target);
        } catch (DirectoryNotEmptyException othersFiles) {
            // what agents wrote stays
        }
    }

    /** Takes everything away that was published to a folder or below it, and the folders that are empty then. */
    public void withdrawAll(Path folder) throws IOException {
        Path top = root.resolve(folder).normalize();
        if (!top.startsWith(root) || !Files.isDirectory(top, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(top, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                if (!Files.isDirectory(directory.resolve(MARKS), LinkOption.NOFOLLOW_LINKS)) {
                    return FileVisitResult.CONTINUE;
                }
                // Nothing is published inside a folder that something is published to.
                withdraw(root.relativize(directory));
                return FileVisitResult.SKIP_SUBTREE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                if (failure != null) {
                    throw failure;
                }
                try {
                    Files.delete(directory);
                } catch (DirectoryNotEmptyException othersFiles) {
                    // what agents wrote stays
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private void write(Path target, Path home, String revision, Snapshot snapshot, Blobs blobs,
            @Nullable Path formerHome,
            @Nullable Snapshot former) throws IOException {
        Path aside = Files.createDirectory(target.resolve(MARKS).resolve(ASIDE + UUID.randomUUID()));
        // A file of the former revision that was touched after it was published was edited by somebody: never link that one.
        @Nullable
        FileTime published = formerHome == null ? null : modified(mark(target, formerHome.getFileName().toString()));
        Path folder = aside;
        String folderPath = "";
        for (Entry entry : snapshot.entries()) {
            Path file = aside.resolve(entry.path()).normalize();
            if (!file.startsWith(aside) || file.equals(aside)) {
                throw new PublishException("A path of the revision leads out of it.");
            }
            String parent = entry.path().substring(0, Math.max(0, entry.path().lastIndexOf('/')));
            if (!parent.equals(folderPath)) {
                folder = Files.createDirectories(aside.resolve(parent));
                folderPath = parent;
            }
            if (formerHome == null || former == null || published == null
                    || !link(entry, formerHome, former, published, file)) {
                write(entry, blobs, folder.resolve(entry.name()));
            }
        }
        Files.setPosixFilePermissions(aside, PosixFilePermissions.fromString("rwxr-xr-x"));
        // The mark comes first: a crash in between leaves a mark without a folder, never a folder that nobody owns.
        Files.write(mark(target, revision), new byte[0], StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING);
        Files.move(aside, home, StandardCopyOption.ATOMIC_MOVE);
    }

    private static boolean link(Entry entry, Path formerHome, Snapshot former, FileTime published, Path file)
            throws IOException {
        Optional<Entry> same = former.find(entry.path()).filter(entry::equals);
        if (same.isEmpty()) {
            return false;
        }
        Path existing = formerHome.resolve(entry.path());
        try {
            BasicFileAttributes attributes = Files.readAttributes(existing, BasicFileAttributes.class,
                    LinkOption.NOFOLLOW_LINKS);
            if (!attributes.isRegularFile() || attributes.size() != entry.sizeBytes()
                    || attributes.lastModifiedTime().compareTo(published) > 0) {
                return false;
            }
            Files.createLink(file, existing);
            return true;
        } catch (IOException | UnsupportedOperationException notLinkable) {
            return false;
        }
    }

    private static void write(Entry entry, Blobs blobs, Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            blobs.copyTo(entry, out);
        }
        // Not writable: equal files of several revisions are one file on disk.
        Files.setPosixFilePermissions(file,
                PosixFilePermissions.fromString(entry.executable() ? "r-xr-xr-x" : "r--r--r--"));
    }

    /** The folder itself, made when missing; a link on the way would lead the writes elsewhere. */
    private Path secured(Path folder) throws IOException {
        Path target = root.resolve(folder).normalize();
        if (folder.isAbsolute() || !target.startsWith(root) || target.equals(root)) {
            throw new PublishException("The folder to publish to has to be below the publishing root.");
        }
        Files.createDirectories(root);
        Path at = root;
        for (Path name : root.relativize(target)) {
            at = at.resolve(name);
            if (!Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectory(at);
            } else if (!Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
                throw new PublishException("A file or link is in the way of the folder to publish to.");
            }
        }
        Path marks = target.resolve(MARKS);
        if (!Files.exists(marks, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectory(marks);
        } else if (!Files.isDirectory(marks, LinkOption.NOFOLLOW_LINKS)) {
            throw new PublishException("A file or link is in the way of the folder to publish to.");
        }
        return target;
    }

    /** The revision that {@code current} names, when it is one of ours. */
    private static Optional<String> current(Path target) throws IOException {
        try {
            String name = Files.readSymbolicLink(target.resolve(CURRENT)).toString();
            if (REVISION.matcher(name).matches() && Files.exists(mark(target, name))) {
                return Optional.of(name);
            }
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (NotLinkException notOurs) {
            // falls through
        }
        throw new PublishException("'" + CURRENT + "' is already there and is not ours.");
    }

    private void retire(Path target, String current) throws IOException {
        Instant over = clock.instant().minus(keep);
        for (String revision : marked(target)) {
            if (!revision.equals(current)
                    && Files.getLastModifiedTime(mark(target, revision)).toInstant().isBefore(over)) {
                drop(target, revision);
            }
        }
    }

    private static void drop(Path target, String revision) throws IOException {
        Folders.delete(target.resolve(revision));
        Files.deleteIfExists(mark(target, revision));
    }

    private static void removeLeftovers(Path target) throws IOException {
        List<Path> leftovers = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(target.resolve(MARKS), ASIDE + "*")) {
            found.forEach(leftovers::add);
        }
        for (Path leftover : leftovers) {
            Folders.delete(leftover);
        }
    }

    private static List<String> marked(Path target) throws IOException {
        List<String> revisions = new ArrayList<>();
        try (DirectoryStream<Path> marks = Files.newDirectoryStream(target.resolve(MARKS))) {
            for (Path mark : marks) {
                String name = mark.getFileName().toString();
                if (REVISION.matcher(name).matches()) {
                    revisions.add(name);
                }
            }
        }
        return revisions;
    }

    private static @Nullable FileTime modified(Path file) throws IOException {
        try {
            return Files.getLastModifiedTime(file);
        } catch (NoSuchFileException none) {
            return null;
        }
    }

    private static Path mark(Path target, String revision) {
        return target.resolve(MARKS).resolve(revision);
    }
}
