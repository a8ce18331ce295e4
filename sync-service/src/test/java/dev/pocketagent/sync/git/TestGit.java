package dev.pocketagent.sync.git;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** A real repository, made by the git command line, whose configuration of this machine plays no part. */
public final class TestGit {

    private final Path folder;

    private TestGit(Path folder) {
        this.folder = folder;
    }

    /** A new repository with a work tree and the branch {@code main}. */
    public static TestGit init(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        TestGit git = new TestGit(folder);
        git.run("init", "-q", "-b", "main", ".");
        git.run("config", "http.receivepack", "true");
        git.run("config", "uploadpack.allowFilter", "true");
        return git;
    }

    public Path folder() {
        return folder;
    }

    public TestGit write(String path, String content) {
        try {
            Path file = folder.resolve(path);
            Files.createDirectories(file.getParent());
            Files.writeString(file, content);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Commits everything and answers the commit's id. */
    public String commit(String message) {
        run("add", "-A");
        run("commit", "-q", "--allow-empty", "-m", message);
        return run("rev-parse", "HEAD");
    }

    /** Runs git and answers what it printed, without the last line break. */
    public String run(String... arguments) {
        return new String(run(new byte[0], arguments), StandardCharsets.UTF_8).strip();
    }

    public byte[] run(byte[] input, String... arguments) {
        List<String> command = new ArrayList<>(List.of("git", "-c", "protocol.file.allow=always"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        environment(builder.environment());
        try {
            Path errors = Files.createTempFile("git", ".err");
            Process process = builder.redirectError(errors.toFile()).start();
            try (OutputStream out = process.getOutputStream()) {
                out.write(input);
            } catch (IOException brokenPipe) {
                // git did not want it
            }
            byte[] output = process.getInputStream().readAllBytes();
            int exit = process.waitFor();
            String said = Files.readString(errors);
            Files.delete(errors);
            if (exit != 0) {
                throw new IllegalStateException(command + " ended with " + exit + ": " + said);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static void environment(Map<String, String> environment) {
        environment.putAll(Map.of("GIT_CONFIG_NOSYSTEM", "1", "GIT_CONFIG_GLOBAL", "/dev/null", "GIT_AUTHOR_NAME",
                "Ada", "GIT_AUTHOR_EMAIL",
                "ada@example.org", "GIT_COMMITTER_NAME", "Ada", "GIT_COMMITTER_EMAIL", "ada@example.org",
                "GIT_CONFIG_COUNT", "1",
                "GIT_CONFIG_KEY_0", "safe.directory", "GIT_CONFIG_VALUE_0", "*"));
    }

    /** A blob; answers its id. */
    public String blob(String content) {
        return new String(run(content.getBytes(StandardCharsets.UTF_8), "hash-object", "-w", "--stdin"),
                StandardCharsets.UTF_8).strip();
    }

    /** A tree out of raw bytes that git's own commands refuse to write; answers its id. */
    public String rawTree(byte[] content) {
        return new String(run(content, "hash-object", "-w", "--literally", "-t", "tree", "--stdin"),
                StandardCharsets.UTF_8).strip();
    }

    /** One entry of a raw tree. */
    public static byte[] entry(String mode, byte[] name, String id) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes((mode + " ").getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(name);
        out.write(0);
        out.writeBytes(HexFormat.of().parseHex(id));
        return out.toByteArray();
    }

    /** Entries one after the other. */
    public static byte[] entries(byte[]... entries) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] entry : entries) {
            out.writeBytes(entry);
        }
        return out.toByteArray();
    }

    /** Makes a commit of a tree the tip of {@code main}; answers the commit's id. */
    public String commitTree(String tree) {
        String commit = run("commit-tree", tree, "-m", "made by hand");
        run("update-ref", "refs/heads/main", commit);
        return commit;
    }
}
