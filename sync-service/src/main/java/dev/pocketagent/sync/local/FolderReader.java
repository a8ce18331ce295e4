package dev.pocketagent.sync.local;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.sync.git.GitStore;
import dev.pocketagent.sync.git.TreeWriter;
import dev.pocketagent.sync.git.TreeWriter.Node;
import dev.pocketagent.sync.revision.PathRules;
import dev.pocketagent.sync.revision.RefusedException;
import dev.pocketagent.sync.revision.Snapshot;
import dev.pocketagent.sync.revision.SnapshotBuilder;
import dev.pocketagent.sync.revision.TreeCaps;

/**
 * Reads a directory into the store of its source. Folders are opened one inside the other without following links
 * ({@code openat} with {@code O_NOFOLLOW}), so that exchanging a folder for a link while it is read leads nowhere. Remembers what it read,
 * so that the next reading opens only files whose size, time or inode changed. For one thread at a time.
 */
public final class FolderReader {

    /** Not part of any revision: git's own folder, and the folder of the agents' own notes at the top. */
    private static final String GIT = ".git";
    private static final String LOGS = "logs";
    private static final int MANY_FILES = 300;
    private static final int ATTEMPTS = 8;
    // A file changed twice inside one tick of the file system's clock looks unchanged: times this young are not trusted.
    private static final Duration RACY = Duration.ofSeconds(2);
    // Who truncates a file and then writes it leaves an empty one for a moment: a file has to rest this long.
    private static final Duration YOUNG = Duration.ofMillis(100);

    private final TreeCaps caps;
    private final Clock clock;
    private Map<String, Known> known = Map.of();

    private record Known(long sizeBytes, Instant modified, @Nullable Object fileKey, String blobId) {}

    public FolderReader(TreeCaps caps, Clock clock) {
        this.caps = caps;
        this.clock = clock;
    }

    /**
     * Reads the directory as it is now.
     *
     * @throws RefusedException when it breaks a rule or passes a cap
     * @throws UnstableException when a file never rests
     * @throws NoSuchFileException when the directory is not there
     */
    public Snapshot read(LocalRoots.Place place, GitStore store) throws IOException, RefusedException {
        Reading reading;
        try (TreeWriter writer = store.writer(known.size() < MANY_FILES)) {
            reading = new Reading(writer);
            Snapshot snapshot = reading.whole(place);
            writer.flush();
            known = reading.seen;
            return snapshot;
        }
    }

    /** Forgets what was read, because the store lost it. */
    public void forget() {
        known = Map.of();
    }

    private final class Reading {

        private final TreeWriter writer;
        private final SnapshotBuilder builder = new SnapshotBuilder(caps);
        private final Map<String, Known> seen = new HashMap<>();
        private final Instant trusted = clock.instant().minus(RACY);

        Reading(TreeWriter writer) {
            this.writer = writer;
        }

        Snapshot whole(LocalRoots.Place place) throws IOException, RefusedException {
            try (SecureDirectoryStream<Path> root = secure(Files.newDirectoryStream(place.root()))) {
                return builder.build(descend(root, place.inside(), 0));
            }
        }

        private String descend(SecureDirectoryStream<Path> at, Path inside, int level)
                throws IOException, RefusedException {
            if (inside.toString().isEmpty() || level == inside.getNameCount()) {
                return Optional.ofNullable(folder(at, "", 0)).orElse(writer.folder(List.of()));
            }
            try (SecureDirectoryStream<Path> next = secure(
                    at.newDirectoryStream(inside.getName(level), LinkOption.NOFOLLOW_LINKS))) {
                return descend(next, inside, level + 1);
            }
        }

        /** The id of a folder, or null when nothing is in it: git knows no empty folders. */
        private @Nullable String folder(SecureDirectoryStream<Path> folder, String path, int depth)
                throws IOException, RefusedException {
            SnapshotBuilder.Names names = builder.folder(path, depth);
            List<Node> nodes = new ArrayList<>();
            for (Path child : folder) {
                Path name = child.getFileName();
                String text = name.toString();
                String shown = path.isEmpty() ? text : path + "/" + text;
                if (text.equals(GIT) || path.isEmpty() && text.equals(LOGS)) {
                    continue;
                }
                Optional<String> broken = PathRules.brokenBy(text);
                if (broken.isPresent()) {
                    builder.skip("name-skipped", path, "A name in this folder is not allowed (" + broken.get() + ").");
                    continue;
                }
                try {
                    PosixFileAttributes attributes = attributes(folder, name);
                    if (attributes.isSymbolicLink()) {
                        builder.skip("symlink-skipped", shown, "Symbolic links are not followed and not published.");
                    } else if (attributes.isDirectory()) {
                        String childPath = names.add(text);
                        try (SecureDirectoryStream<Path> inner = secure(
                                folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS))) {
                            String id = folder(inner, childPath, depth + 1);
                            if (id != null) {
                                nodes.add(new Node(text, id, Node.Kind.FOLDER));
                            }
                        }
                    } else if (attributes.isRegularFile()) {
                        nodes.add(file(folder, name, names.add(text), attributes));
                    } else {
                        builder.skip("special-file-skipped", shown, "Only files and folders are published.");
                    }
                } catch (NoSuchFileException | NotDirectoryException gone) {
                    // deleted or replaced since the folder was listed: the watcher tells us again
                }
            }
            return nodes.isEmpty() && depth > 0 ? null : writer.folder(nodes);
        }

        private Node file(SecureDirectoryStream<Path> folder, Path name, String path, PosixFileAttributes first)
                throws IOException, RefusedException {
            PosixFileAttributes attributes = first;
            Known before = known.get(path);
            String id = null;
            if (before != null && before.equals(stamp(attributes, before.blobId()))
                    && before.modified().isBefore(trusted)) {
                id = before.blobId();
            }
            for (int attempt = 1; id == null; attempt++) {
                byte[] content = content(folder, name, path);
                Duration age = Duration.between(attributes.lastModifiedTime().toInstant(), clock.instant());
                if (age.compareTo(YOUNG) < 0) {
                    pause(age.isNegative() ? YOUNG : YOUNG.minus(age));
                }
                PosixFileAttributes after = attributes(folder, name);
                if (content.length == after.size() && stamp(attributes, "").equals(stamp(after, ""))) {
                    id = writer.file(content);
                } else if (attempt == ATTEMPTS) {
                    throw new UnstableException(path);
                }
                attributes = after;
            }
            boolean executable = attributes.permissions().contains(PosixFilePermission.OWNER_EXECUTE);
            builder.file(path, id, executable, attributes.size());
            seen.put(path, stamp(attributes, id));
            return new Node(name.toString(), id, executable ? Node.Kind.EXECUTABLE : Node.Kind.FILE);
        }

        private byte[] content(SecureDirectoryStream<Path> folder, Path name, String path)
                throws IOException, RefusedException {
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            ByteBuffer buffer = ByteBuffer.allocate(32 * 1024);
            try (SeekableByteChannel channel = folder.newByteChannel(name,
                    Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
                while (channel.read(buffer) >= 0) {
                    content.write(buffer.array(), 0, buffer.position());
                    buffer.clear();
                    if (content.size() > caps.fileBytes()) {
                        throw new RefusedException("file-too-large", path,
                                "A file is larger than " + caps.fileBytes() + " bytes.");
                    }
                }
            }
            return content.toByteArray();
        }
    }

    private static Known stamp(PosixFileAttributes attributes, String blobId) {
        return new Known(attributes.size(), attributes.lastModifiedTime().toInstant(), attributes.fileKey(), blobId);
    }

    private static PosixFileAttributes attributes(SecureDirectoryStream<Path> folder, Path name) throws IOException {
        return folder.getFileAttributeView(name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .readAttributes();
    }

    private static SecureDirectoryStream<Path> secure(DirectoryStream<Path> stream) throws IOException {
        if (stream instanceof SecureDirectoryStream<Path> secure) {
            return secure;
        }
        stream.close();
        throw new IOException(
                "Local sources need a file system that opens folders relative to each other (Linux, macOS).");
    }

    private static void pause(Duration time) throws IOException {
        try {
            Thread.sleep(time);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("stopped");
        }
    }
}
