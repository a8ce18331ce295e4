package dev.pocketagent.cli.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import dev.pocketagent.cli.command.CliException;

/** A work tree and the bare repository it pushes to, handled by the git of this machine. */
final class GitRepository {

    private static final String BRANCH = "main";
    private static final List<String> GIT = List.of("git", "-c", "user.name=PocketAgent demo", "-c",
            "user.email=demo@localhost", "-c", "commit.gpgsign=false", "-c", "core.autocrlf=false", "-c", "gc.auto=0",
            "-c",
            "core.hooksPath=/dev/null");

    private final Path work;
    private final Path bare;

    GitRepository(Path work, Path bare) {
        this.work = work;
        this.bare = bare;
    }

    /** @throws CliException when there is no git */
    static void requireGit() {
        try {
            Process git = new ProcessBuilder("git", "--version").redirectErrorStream(true).start();
            git.getInputStream().readAllBytes();
            if (git.waitFor() == 0) {
                return;
            }
        } catch (IOException _) {
            // said below
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        throw CliException.failed("the demo makes a real git repository, and there is no git on this machine",
                "install it: apt-get install git, dnf install git, brew install git; then run the demo again");
    }

    Path work() {
        return work;
    }

    String url() {
        return bare.toUri().toString().replaceFirst("^file:/+", "file:///").replaceFirst("/$", "");
    }

    /** Makes both unless they are there. */
    void ensure() throws IOException {
        if (!Files.exists(bare.resolve("HEAD"))) {
            Files.createDirectories(bare);
            git(bare, "init", "--quiet", "--bare");
            // "init -b" needs git 2.28
            git(bare, "symbolic-ref", "HEAD", "refs/heads/" + BRANCH);
        }
        if (!Files.exists(work.resolve(".git"))) {
            Files.createDirectories(work);
            git(work, "init", "--quiet");
            git(work, "symbolic-ref", "HEAD", "refs/heads/" + BRANCH);
            git(work, "remote", "add", "origin", bare.toString());
        }
    }

    /** Copies the files of a directory into the work tree, with their modes. */
    int copyFrom(Path example) throws IOException {
        int files = 0;
        try (Stream<Path> tree = Files.walk(example)) {
            for (Path source : (Iterable<Path>) tree::iterator) {
                Path target = work.resolve(example.relativize(source).toString());
                if (Files.isDirectory(source)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(source, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
                    files++;
                }
            }
        }
        return files;
    }

    /** @return the revision that the remote has afterwards */
    String commitAndPush(String message) throws IOException {
        git(work, "add", "--all");
        if (!git(work, "status", "--porcelain").isEmpty()) {
            git(work, "commit", "--quiet", "--message", message);
        }
        git(work, "push", "--quiet", "origin", "HEAD:refs/heads/" + BRANCH);
        return git(work, "rev-parse", "HEAD");
    }

    int commits() throws IOException {
        return Integer.parseInt(git(work, "rev-list", "--count", "HEAD"));
    }

    private static String git(Path directory, String... arguments) throws IOException {
        var command = new ArrayList<>(GIT);
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("GIT_"));
        builder.environment().put("GIT_TERMINAL_PROMPT", "0");
        builder.environment().put("GIT_CONFIG_NOSYSTEM", "1");
        builder.environment().put("GIT_CONFIG_GLOBAL", "/dev/null");
        builder.environment().put("LC_ALL", "C");
        Process git = builder.start();
        try (InputStream output = git.getInputStream()) {
            String text = new String(output.readAllBytes(), StandardCharsets.UTF_8).strip();
            if (!git.waitFor(60, TimeUnit.SECONDS) || git.exitValue() != 0) {
                git.destroyForcibly();
                throw CliException.failed("git " + arguments[0] + " failed in " + directory + ": " + text,
                        "look at the repository there; to begin anew, remove " + directory);
            }
            return text;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while git worked", e);
        }
    }
}
