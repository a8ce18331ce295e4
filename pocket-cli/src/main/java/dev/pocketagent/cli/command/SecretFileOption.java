package dev.pocketagent.cli.command;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.home.SecretFiles;
import dev.pocketagent.cli.output.Json;
import picocli.CommandLine.Option;

/** {@code --secret-file}: where a secret that is there only once goes, instead of to the screen. */
public final class SecretFileOption {

    private static final int LONGEST_SECRET = 200;

    @Option(names = "--secret-file", paramLabel = "FILE", description = "write the secret into this file, readable by you only, and do not show it")
    private @Nullable Path file;

    @Option(names = "--force", description = "replace the file when it is there")
    private boolean force;

    /** To be called before the secret is made. */
    public void requireRoom() {
        requireRoom("");
    }

    /** @param replaced how the secret begins that the new one replaces: its own file may be overwritten; may be empty */
    public void requireRoom(String replaced) {
        if (file != null) {
            requireRoom(file, replaced);
        }
    }

    /** The same for another file that a secret goes to. */
    public void requireRoom(Path target, String replaced) {
        Path absolute = target.toAbsolutePath();
        if (Files.isDirectory(absolute)) {
            throw CliException.usage(target + " is a directory", "name a file in it");
        }
        if (Files.exists(absolute) && !force && !holds(absolute, replaced)) {
            throw CliException.usage(target + " is there already, and may hold the only copy of a secret",
                    "move it away or name another file, or replace it with --force");
        }
        Path directory = absolute.getParent();
        if (directory == null || !(Files.isDirectory(directory) && Files.isWritable(directory))) {
            throw CliException.usage("nothing can be written into " + directory,
                    "make the directory, or name another file");
        }
    }

    private static boolean holds(Path existing, String begin) {
        try {
            return !begin.isEmpty() && Files.size(existing) <= LONGEST_SECRET
                    && new String(Files.readAllBytes(existing), StandardCharsets.ISO_8859_1).startsWith(begin);
        } catch (IOException _) {
            return false;
        }
    }

    public boolean isGiven() {
        return file != null;
    }

    /** Shows what was made: without its {@code secret} when that went into the file, else with it. */
    public void show(Cli cli, OutputOption output, JsonNode made) {
        if (file == null) {
            output.printer(cli).one(made);
            return;
        }
        try {
            SecretFiles.write(file.toAbsolutePath(), Json.text(made, "/secret"));
        } catch (UncheckedIOException e) {
            throw CliException
                    .failed(Json.text(made, "/id") + " is made, but its secret could not be written into " + file
                            + ": " + e.getMessage(), "its secret is lost: revoke, delete or rotate it");
        }
        ObjectNode shown = made.deepCopy();
        shown.remove("secret");
        output.printer(cli).one(shown);
        cli.terminal().err().println("The secret is in " + file + ", and is not shown again.");
    }
}
