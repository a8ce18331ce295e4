package dev.pocketagent.cli.registry;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.output.Json;

/**
 * Ends of audit chains in a file, as the registry writes them too: a header with time, count and SHA-256 of what follows,
 * then one line a chain. A file without header is read as well; then nothing shows that it was cut.
 */
final class HeadFile {

    /** The registry's headers have this length, with blanks at the end. */
    private static final int HEADER_BYTES = 200;

    private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
    private int count;

    /** The last row of a chain, as it was at some time. */
    record Head(String tenantId, long seq, String hash) {

        ObjectNode json() {
            return Json.object().put("tenantId", tenantId).put("seq", seq).put("hash", hash);
        }

        private static Head of(JsonNode read) {
            return new Head(Json.text(read, "/tenantId"), read.path("seq").asLong(),
                    Json.text(read, "/hash").toLowerCase(Locale.ROOT));
        }

        private static boolean isOne(JsonNode read) {
            return !Json.text(read, "/tenantId").isEmpty() && read.path("seq").isIntegralNumber()
                    && !Json.text(read, "/hash").isEmpty();
        }
    }

    /** @param head as the API lists it */
    void add(JsonNode head) {
        lines.writeBytes((Json.compact(Head.of(head).json()) + "\n").getBytes(StandardCharsets.UTF_8));
        count++;
    }

    int count() {
        return count;
    }

    void writeTo(OutputStream file, Instant at) throws IOException {
        String header = Json.compact(Json.object().put("at", at.toString()).put("count", count).put("sha256",
                sha256(lines.toByteArray())));
        file.write((header + " ".repeat(HEADER_BYTES - 1 - header.length()) + "\n").getBytes(StandardCharsets.UTF_8));
        lines.writeTo(file);
    }

    /** @throws CliException when it cannot be read, has a line that is no head, or is not what its header says */
    static List<Head> read(Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw CliException.usage(file + " cannot be read: " + e.getMessage(), "check its path and rights");
        }
        List<Head> heads = new ArrayList<>();
        JsonNode header = MissingNode.getInstance();
        int number = 0;
        for (String line : (Iterable<String>) text.lines()::iterator) {
            number++;
            JsonNode read = json(line);
            if (number == 1 && read.has("count") && read.has("sha256")) {
                header = read;
            } else if (Head.isOne(read)) {
                heads.add(Head.of(read));
            } else if (!line.isBlank()) {
                throw CliException.usage(file + ", line " + number + ", is no head: it needs tenantId, seq and hash",
                        "make such a file by: pocket audit heads -f FILE");
            }
        }
        byte[] below = text.substring(text.indexOf('\n') + 1).getBytes(StandardCharsets.UTF_8);
        if (!header.isMissingNode() && (header.path("count").asLong() != heads.size()
                || !Json.text(header, "/sha256").equals(sha256(below)))) {
            throw CliException.failed(file + " was changed or cut since it was written: its header tells of "
                    + Json.text(header, "/count") + " other heads", "take another copy of it, or another such file");
        }
        return heads;
    }

    private static JsonNode json(String line) {
        try {
            return Json.read(line);
        } catch (UncheckedIOException _) {
            return MissingNode.getInstance();
        }
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
