package dev.pocketagent.cli.launch;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.cli.command.CliException;

/**
 * PostgreSQL refuses to run as root. How it runs as somebody else when we are root.
 *
 * @param how for messages
 * @param prefix put before a command
 * @param owner uid that must own the data directory
 * @param reachesOurFiles whether it may enter what only we may enter
 */
public record Unprivileged(String how, List<String> prefix, int owner, boolean reachesOurFiles) {

    private static final String USER = "nobody";

    /** Picks the way of this machine. */
    static Unprivileged choose() {
        int uid = ourUid();
        if (uid != 0) {
            return new Unprivileged("as you", List.of(), uid, true);
        }
        return userNamespace().or(Unprivileged::otherUser).orElseThrow(() -> CliException.failed(
                "PostgreSQL does not run as root, and neither unshare (user namespaces) nor setpriv works here",
                "run pocket as another user, or install util-linux"));
    }

    /**
     * In a user namespace without a map everybody is {@code nobody}, so PostgreSQL is content, while the kernel still
     * takes the process for the owner of our files, without any capability. Empty where that is not allowed.
     */
    public static Optional<Unprivileged> userNamespace() {
        return succeeds(List.of("unshare", "-U", "true"))
                ? Optional.of(new Unprivileged("in a user namespace", List.of("unshare", "-U"), 0, true))
                : Optional.empty();
    }

    /** As the user {@code nobody}, who cannot enter a home directory: the data is then elsewhere. */
    public static Optional<Unprivileged> otherUser() {
        int uid = uidOf(USER);
        List<String> prefix = List.of("setpriv", "--reuid=" + uid, "--regid=" + uid, "--clear-groups",
                "--no-new-privs");
        var way = new Unprivileged("as user " + USER, prefix, uid, false);
        return succeeds(way.command(List.of("true"))) ? Optional.of(way) : Optional.empty();
    }

    List<String> command(List<String> program) {
        var line = new ArrayList<>(prefix);
        line.addAll(program);
        return line;
    }

    /** Gives a tree to the one who will run in it; costs one look when it has it already. */
    void own(Path tree) throws IOException {
        if (ourUid() != 0 || !Files.exists(tree) || uid(tree) == owner) {
            return;
        }
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.setAttribute(file, "unix:uid", owner, LinkOption.NOFOLLOW_LINKS);
                return FileVisitResult.CONTINUE;
            }

            // The root of the tree comes last: an interrupted change is seen and done again.
            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                Files.setAttribute(directory, "unix:uid", owner, LinkOption.NOFOLLOW_LINKS);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** -1 where the system knows no such numbers. */
    public static int ourUid() {
        try {
            return uid(Path.of(Files.isDirectory(Path.of("/proc/self"))
                    ? "/proc/self/."
                    : System.getProperty("user.home", "/")));
        } catch (IOException | RuntimeException _) {
            return -1;
        }
    }

    private static int uid(Path path) throws IOException {
        return Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS) instanceof Integer uid ? uid : -1;
    }

    private static int uidOf(String user) {
        try {
            for (String line : Files.readAllLines(Path.of("/etc/passwd"))) {
                String[] fields = line.split(":");
                if (fields.length > 2 && fields[0].equals(user)) {
                    return Integer.parseInt(fields[2]);
                }
            }
        } catch (IOException _) {
            // the usual number then
        }
        return 65_534;
    }

    private static boolean succeeds(List<String> command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException _) {
            return false;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
