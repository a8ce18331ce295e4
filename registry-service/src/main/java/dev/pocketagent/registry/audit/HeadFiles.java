package dev.pocketagent.registry.audit;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Files with the ends of chains, in one directory: {@code heads-<UTC time>.jsonl}. The first line is a header with the time,
 * the number of the lines below it and their SHA-256; then one line a chain. A file is whole or not there: it is written
 * under another name, forced to disk, and renamed.
 */
final class HeadFiles {

    private static final DateTimeFormatter NAME = DateTimeFormatter
            .ofPattern("'heads-'uuuuMMdd'T'HHmmss.SSSSSS'Z.jsonl'",
                    Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final Pattern NAME_PATTERN = Pattern.compile("heads-[0-9]{8}T[0-9]{6}\\.[0-9]{6}Z\\.jsonl");
    private static final Pattern HEADER = Pattern
            .compile("\\{\"at\":\"([^\"]+)\",\"count\":([0-9]+),\"sha256\":\"([0-9a-f]{64})\"\\} *");
    private static final Pattern LINE = Pattern.compile(
            "\\{\"tenantId\":\"([0-9a-f-]{36})\",\"seq\":([0-9]{1,18}),\"hash\":\"([0-9a-f]{64})\"\\}");
    /** Room for the header, which is known last and stands first; JSON may end in blanks. */
    private static final int HEADER_BYTES = 200;

    /** A file does not hold what was written into it. */
    static final class DamagedException extends Exception {
        DamagedException(String message) {
            super(message);
        }
    }

    /**
     * What was written.
     *
     * @param sha256 of the lines, 64 hex digits
     */
    record Written(String file, long count, String sha256) {}

    private final Path directory;

    HeadFiles(Path directory) {
        this.directory = directory;
    }

    /** A file in the making; closed without {@link #keep} it leaves nothing behind. */
    final class Draft implements AutoCloseable {

        private final Path target;
        private final Path temporary;
        private final Instant at;
        private final FileChannel channel;
        private final MessageDigest digest = sha256();
        private final OutputStream lines;
        private long count;

        private Draft(Instant at) throws IOException {
            this.at = at;
            target = directory.resolve(NAME.format(at));
            temporary = directory.resolve("." + target.getFileName() + ".part");
            channel = FileChannel.open(temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE);
            channel.position(HEADER_BYTES);
            lines = new BufferedOutputStream(new DigestOutputStream(Channels.newOutputStream(channel), digest), 65536);
        }

        void add(Head.Noted noted) throws IOException {
            lines.write(line(noted));
            count++;
        }

        long count() {
            return count;
        }

        /** Makes the file durable and visible under its name. */
        Written keep() throws IOException {
            lines.flush();
            String sha256 = HexFormat.of().formatHex(digest.digest());
            String header = "{\"at\":\"%s\",\"count\":%d,\"sha256\":\"%s\"}".formatted(at, count, sha256);
            channel.position(0);
            byte[] padded = (header + " ".repeat(HEADER_BYTES - 1 - header.length()) + "\n")
                    .getBytes(StandardCharsets.US_ASCII);
            Channels.newOutputStream(channel).write(padded);
            channel.force(true);
            channel.close();
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            forceDirectory();
            return new Written(String.valueOf(target.getFileName()), count, sha256);
        }

        @Override
        public void close() throws IOException {
            channel.close();
            Files.deleteIfExists(temporary);
        }
    }

    /** Begins a file. The directory is made when it is not there. */
    Draft draft(Instant at) throws IOException {
        Files.createDirectories(directory);
        return new Draft(at);
    }

    /** Names of the files, the newest first; none when there is no directory. */
    List<String> newestFirst() throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> NAME_PATTERN.matcher(name).matches()).sorted(Comparator.reverseOrder()).toList();
        }
    }

    /**
     * Reads a file line by line.
     *
     * @throws DamagedException when it was changed or cut; the lines until there, or all of them, were given out before
     */
    void read(String name, Consumer<Head.Noted> each) throws IOException, DamagedException {
        try (RandomAccessFile file = new RandomAccessFile(directory.resolve(name).toFile(), "r")) {
            byte[] start = new byte[HEADER_BYTES];
            int got = file.read(start);
            Matcher header = HEADER.matcher(new String(start, 0, Math.max(got, 1) - 1, StandardCharsets.US_ASCII));
            if (got != HEADER_BYTES || start[HEADER_BYTES - 1] != '\n' || !header.matches()) {
                throw new DamagedException(name + " has no header");
            }
            MessageDigest digest = sha256();
            BufferedReader lines = new BufferedReader(new InputStreamReader(new DigestInputStream(
                    new BufferedInputStream(Channels.newInputStream(file.getChannel()), 65536), digest),
                    StandardCharsets.US_ASCII), 65536);
            long count = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                each.accept(parse(name, line));
                count++;
            }
            if (count != Long.parseLong(header.group(2))
                    || !HexFormat.of().formatHex(digest.digest()).equals(header.group(3))) {
                throw new DamagedException(name + " does not hold what its header says");
            }
        }
    }

    /** One line of a file, with its end. */
    static byte[] line(Head.Noted noted) {
        return "{\"tenantId\":\"%s\",\"seq\":%d,\"hash\":\"%s\"}\n"
                .formatted(noted.tenantId(), noted.head().seq(), noted.head().hash().hex())
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static Head.Noted parse(String name, String line) throws DamagedException {
        Matcher parts = LINE.matcher(line);
        if (!parts.matches()) {
            throw new DamagedException(name + " has a line that is no head");
        }
        try {
            return new Head.Noted(UUID.fromString(parts.group(1)), new Head(Long.parseLong(parts.group(2)),
                    new Hash(HexFormat.of().parseHex(parts.group(3)))));
        } catch (IllegalArgumentException e) {
            throw new DamagedException(name + " has a line that is no head");
        }
    }

    /** So that the new name survives a crash of the machine, too. */
    private void forceDirectory() throws IOException {
        if (System.getProperty("os.name", "").startsWith("Windows")) {
            return;
        }
        try (FileChannel opened = FileChannel.open(directory, StandardOpenOption.READ)) {
            opened.force(true);
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
