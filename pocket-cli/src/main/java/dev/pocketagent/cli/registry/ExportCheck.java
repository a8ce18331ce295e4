package dev.pocketagent.cli.registry;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.output.Json;

/** Whether a tenant's export holds what its manifest says: each file with its rows, its bytes and its digest, and no other. */
final class ExportCheck {

    static final String MANIFEST = "manifest.json";

    /** Of a whole export. */
    record Found(int files, long rows) {}

    private record Content(long lines, long bytes, String sha256) {}

    private ExportCheck() {}

    /** @throws CliException when it is cut, changed or no export */
    static Found check(Path zip) throws IOException {
        try (var file = new ZipFile(zip.toFile())) {
            ZipEntry entry = file.getEntry(MANIFEST);
            if (entry == null) {
                throw broken("it has no " + MANIFEST);
            }
            JsonNode manifest;
            try (InputStream stream = file.getInputStream(entry)) {
                manifest = Json.read(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
            }
            return compare(file, manifest.path("files"));
        } catch (ZipException e) {
            throw broken("it is no whole zip file (" + e.getMessage() + ")");
        }
    }

    private static Found compare(ZipFile zip, JsonNode listed) throws IOException {
        Set<String> unlisted = new TreeSet<>();
        zip.stream().map(ZipEntry::getName).filter(name -> !name.equals(MANIFEST)).forEach(unlisted::add);
        long rows = 0;
        for (JsonNode each : listed) {
            String name = Json.text(each, "/name");
            ZipEntry entry = zip.getEntry(name);
            if (!unlisted.remove(name) || entry == null) {
                throw broken("the manifest lists " + name + ", and it is not there");
            }
            Content content = read(zip, entry);
            require(name, "bytes", Json.text(each, "/bytes"), String.valueOf(content.bytes));
            if (each.hasNonNull("rows")) {
                require(name, "rows", Json.text(each, "/rows"), String.valueOf(content.lines));
                rows += content.lines;
            }
            require(name, "SHA-256", Json.text(each, "/sha256"), content.sha256);
        }
        if (!unlisted.isEmpty()) {
            throw broken("the manifest does not list " + String.join(", ", unlisted));
        }
        return new Found(listed.size(), rows);
    }

    private static void require(String name, String what, String listed, String found) {
        if (!listed.equals(found)) {
            throw broken("in " + name + " the manifest counts " + what + " " + listed + ", and there are " + found);
        }
    }

    private static Content read(ZipFile zip, ZipEntry entry) throws IOException {
        MessageDigest digest = sha256();
        long lines = 0;
        long bytes = 0;
        try (InputStream stream = zip.getInputStream(entry)) {
            byte[] piece = new byte[1 << 16];
            for (int read = stream.read(piece); read >= 0; read = stream.read(piece)) {
                digest.update(piece, 0, read);
                bytes += read;
                for (int i = 0; i < read; i++) {
                    lines += piece[i] == '\n' ? 1 : 0;
                }
            }
        }
        return new Content(lines, bytes, HexFormat.of().formatHex(digest.digest()));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static CliException broken(String why) {
        return CliException.failed("the export is not whole: " + why + "; nothing was kept",
                "export again; if it stays so, see pocket logs registry");
    }
}
