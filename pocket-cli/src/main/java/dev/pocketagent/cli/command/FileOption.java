package dev.pocketagent.cli.command;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

/** {@code -f}: a file for the result. It appears whole or not at all, readable by its owner only. */
public final class FileOption {

    /** What fills the file. */
    @FunctionalInterface
    public interface Content {
        void write(OutputStream file) throws IOException;
    }

    /** A look at the file before it gets its name. */
    @FunctionalInterface
    public interface Check {
        /** @throws CliException when it is not what it should be */
        void check(Path file) throws IOException;
    }

    @Option(names = {"-f", "--file"}, paramLabel = "FILE", description = "write it into this file")
    private @Nullable Path file;

    @Option(names = "--force", description = "replace the file when it is there")
    private boolean force;

    public @Nullable Path file() {
        return file;
    }

    /** @throws CliException when it is there and may not be replaced, or has no directory */
    public void requireRoom(Path target) {
        Path absolute = target.toAbsolutePath();
        if (Files.exists(absolute) && !force) {
            throw CliException.usage(target + " is there already", "name another with -f, or replace it with --force");
        }
        Path directory = absolute.getParent();
        if (directory == null || !Files.isDirectory(directory) || !Files.isWritable(directory)) {
            throw CliException.usage("nothing can be written into " + directory,
                    "make the directory, or name another file");
        }
    }

    /** Writes beside the place, looks, and moves it there. What went wrong leaves nothing behind. */
    public void write(Path target, Content content, Check check) {
        requireRoom(target);
        Path part = target.resolveSibling("." + target.getFileName() + "." + ProcessHandle.current().pid() + ".part");
        try {
            try {
                Files.deleteIfExists(part);
                Files.createFile(part, ownerOnly(part));
                try (var stream = new BufferedOutputStream(Files.newOutputStream(part))) {
                    content.write(stream);
                }
                check.check(part);
                Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static FileAttribute<?>[] ownerOnly(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[]{
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))}
                : new FileAttribute<?>[0];
    }
}
