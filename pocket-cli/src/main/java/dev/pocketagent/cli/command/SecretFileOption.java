package dev.pocketagent.cli.command;

import java.io.UncheckedIOException;
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

    @Option(names = "--secret-file", paramLabel = "FILE", description = "write the secret into this file, readable by you only, and do not show it")
    private @Nullable Path file;

    /** To be called before the secret is made. */
    public void requireRoom() {
        Path directory = file == null ? null : file.toAbsolutePath().getParent();
        if (directory != null && !(Files.isDirectory(directory) && Files.isWritable(directory))) {
            throw CliException.usage("nothing can be written into " + directory,
                    "make the directory, or name another file");
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
