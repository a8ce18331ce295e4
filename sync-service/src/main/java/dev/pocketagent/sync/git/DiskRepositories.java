package dev.pocketagent.sync.git;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;

import org.eclipse.jgit.errors.ConfigInvalidException;
import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.RepositoryCache.FileKey;
import org.eclipse.jgit.util.FS;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.sync.git.RemoteException.Reason;

/**
 * The repositories on this machine's disk that a file URL may name: those below one folder that the operator opened, and of them only
 * those that are whole by themselves. JGit follows what a repository says of other places ({@code commondir}, alternates, links, includes
 * of its configuration), so a repository that says any of this is refused before JGit sees it. Looked at anew each time it is opened.
 */
public final class DiskRepositories {

    /** None at all: file URLs are off. */
    public static final DiskRepositories NONE = new DiskRepositories(null, List.of());

    private static final String SYMREF = "ref:";

    private final @Nullable Path root;
    private final List<Path> closed;

    /**
     * @param root the folder that holds the repositories, or is one; null for none
     * @param closed folders that nothing is read from, wherever they lie: what is in them was written for tenants
     */
    public DiskRepositories(@Nullable Path root, List<Path> closed) {
        this.root = root == null ? null : root.toAbsolutePath().normalize();
        this.closed = closed.stream().map(folder -> folder.toAbsolutePath().normalize()).toList();
    }

    public boolean isEmpty() {
        return root == null;
    }

    /**
     * The git folder of the repository that a file URL names: the folder itself, or the {@code .git} in it.
     *
     * @throws RemoteException when there is none, it lies elsewhere, or it refers to files outside of itself
     */
    public Path find(RemoteUrl url) throws RemoteException {
        if (root == null) {
            throw refused("File URLs are off here: the operator has opened no directory for them.");
        }
        try {
            Path folder = gitFolder(below(root, Path.of(url.uri())));
            if (isClosed(folder)) {
                throw elsewhere();
            }
            mustBeWhole(folder);
            // Else JGit would go on to look at its neighbours, which were not checked.
            if (!FileKey.isGitRepository(folder.toFile(), FS.DETECTED)) {
                throw missing(null);
            }
            return folder;
        } catch (RemoteException known) {
            throw known;
        } catch (IOException | IllegalArgumentException | FileSystemNotFoundException unreadable) {
            throw missing(unreadable);
        }
    }

    /** Compares real paths: a link, {@code ..} or {@code /proc/self/root} on the way would make the text lie. */
    private static Path below(Path root, Path asked) throws IOException {
        Path real = root.toRealPath();
        Path folder = asked.startsWith(root) ? real.resolve(root.relativize(asked)) : asked;
        if (!asked.equals(asked.normalize()) || !folder.startsWith(real) || !folder.toRealPath().equals(folder)) {
            throw elsewhere();
        }
        return folder;
    }

    private static Path gitFolder(Path folder) throws IOException {
        Path inside = folder.resolve(Constants.DOT_GIT);
        if (Files.isDirectory(inside, LinkOption.NOFOLLOW_LINKS)) {
            return inside;
        }
        if (Files.exists(inside, LinkOption.NOFOLLOW_LINKS)) {
            throw leadsOut(".git is a file or link that names another folder");
        }
        if (!Files.isDirectory(folder.resolve(Constants.OBJECTS))) {
            throw missing(null);
        }
        return folder;
    }

    /** By the identity of the folders, so that a bind mount of one is found, too. */
    private boolean isClosed(Path folder) throws IOException {
        for (Path one : closed) {
            if (Files.exists(one)) {
                for (Path above = folder; above != null; above = above.getParent()) {
                    if (Files.isSameFile(above, one)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static void mustBeWhole(Path folder) throws IOException {
        for (String name : List.of("commondir", "gitdir", "objects/info/alternates")) {
            if (Files.exists(folder.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
                throw leadsOut("the file " + name + " names another folder");
            }
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                String name = folder.relativize(file).toString().replace(File.separatorChar, '/');
                if (!attributes.isRegularFile()) {
                    throw leadsOut(name + " is a link or a special file");
                }
                if (name.equals(Constants.HEAD) || name.startsWith(Constants.R_REFS)) {
                    mustNameOwnRef(file, name);
                } else if (name.equals(Constants.CONFIG) || name.equals("config.worktree")) {
                    mustIncludeNothing(file, name);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                if (failure instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE; // somebody pushes
                }
                throw failure;
            }
        });
    }

    private static void mustNameOwnRef(Path file, String name) throws IOException {
        String content = text(file);
        if (content.startsWith(SYMREF)) {
            String target = content.substring(SYMREF.length()).strip();
            if (!target.startsWith(Constants.R_REFS) || !Repository.isValidRefName(target)) {
                throw leadsOut(name + " names something that is no ref");
            }
        }
    }

    private static void mustIncludeNothing(Path file, String name) throws IOException {
        Config config = new Config(); // unlike the one that JGit reads repositories with, it never opens a second file
        try {
            config.fromText(text(file));
        } catch (ConfigInvalidException unreadable) {
            throw leadsOut("its " + name + " cannot be read");
        }
        if (config.getSections().stream()
                .anyMatch(section -> section.toLowerCase(Locale.ROOT).startsWith("include"))) {
            throw leadsOut("its " + name + " includes other files");
        }
    }

    private static String text(Path file) throws IOException {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (NoSuchFileException gone) {
            return ""; // somebody pushes
        }
    }

    private static RemoteException elsewhere() {
        return refused(
                "A file URL must lie below the directory that the operator opened for them, written without links"
                        + " and '..'.");
    }

    private static RemoteException refused(String detail) {
        return new RemoteException(Reason.OUTBOUND_REFUSED, detail, null);
    }

    private static RemoteException missing(@Nullable Exception cause) {
        return new RemoteException(Reason.NOT_FOUND, "There is no repository at this address.", cause);
    }

    private static RemoteException leadsOut(String what) {
        return new RemoteException(Reason.LEADS_OUT,
                "The repository refers to files outside of itself, which are not read: " + what
                        + ". A plain copy is taken: git clone --mirror --no-hardlinks.",
                null);
    }
}
