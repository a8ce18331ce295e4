package dev.pocketagent.registry.export;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.registry.ExportPart;
import io.quarkus.runtime.annotations.RegisterForReflection;

/** Writes the zip file. The manifest comes last, so a file that was cut off has none. */
@ApplicationScoped
class TenantExport {

    private static final String README = """
            All that the registry of PocketAgent Cloud keeps of one tenant: %s (%s), at %s.

            Files ending in .json hold one JSON object, those ending in .jsonl one JSON object a line. Times are UTC.
            manifest.json is the last file; it names each file with its rows, its bytes and its SHA-256. An export without
            it was cut off and is not complete. Each file is as its data stood when it was read, one after the other.

            %s
            Secrets are not in here: of API keys and webhooks there is what they are called, never what they are.
            """;

    /**
     * What is in the export.
     *
     * @param at when it was begun
     */
    @RegisterForReflection
    record Manifest(UUID tenantId, String slug, Instant at, List<Entry> files) {
        Manifest {
            files = List.copyOf(files);
        }
    }

    /**
     * One file of it.
     *
     * @param rows JSON objects in it; absent for text
     * @param sha256 64 hex digits
     */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Entry(String name, @Nullable Long rows, long bytes, String sha256) {}

    private final List<ExportPart> parts;
    private final RowScope scope;
    private final ObjectMapper json;
    private final Clock clock;

    @Inject
    TenantExport(@Any Instance<ExportPart> parts, RowScope scope, ObjectMapper json, Clock clock) {
        this.parts = parts.stream().sorted(Comparator.comparing(ExportPart::file)).toList();
        this.scope = scope;
        this.json = json;
        this.clock = clock;
    }

    /**
     * Writes all parts.
     *
     * @throws IOException when the reader is gone; what was written until then is no valid zip file
     */
    void write(UUID tenantId, String slug, OutputStream target) throws IOException {
        Instant begin = clock.instant();
        List<Entry> entries = new ArrayList<>();
        // Not closed after an error: closing would make a zip file of what is there, as if it were all.
        @SuppressWarnings("resource")
        ZipOutputStream zip = new ZipOutputStream(target, StandardCharsets.UTF_8);
        StringBuilder about = new StringBuilder();
        parts.forEach(part -> about.append("%-22s %s%n".formatted(part.file(), part.about())));
        entries.add(add(zip, begin, "README.txt",
                out -> {
                    out.write(README.formatted(slug, tenantId, begin, about).getBytes(StandardCharsets.UTF_8));
                    return null;
                }));
        for (ExportPart part : parts) {
            ExportPart.Piece first = read(part, tenantId, null);
            if (first != null) {
                entries.add(add(zip, begin, part.file(), out -> rows(part, tenantId, first, out)));
            }
        }
        add(zip, begin, "manifest.json", out -> {
            out.write(json.writeValueAsBytes(new Manifest(tenantId, slug, begin, entries)));
            return null;
        });
        zip.finish();
        target.flush();
    }

    private long rows(ExportPart part, UUID tenantId, ExportPart.Piece first, OutputStream out) throws IOException {
        long count = 0;
        ExportPart.Piece piece = first;
        while (piece != null) {
            for (Object row : piece.rows()) {
                out.write(json.writeValueAsBytes(row));
                out.write('\n');
                count++;
            }
            Object next = piece.next();
            piece = next == null ? null : read(part, tenantId, next);
        }
        return count;
    }

    private ExportPart.@Nullable Piece read(ExportPart part, UUID tenantId, @Nullable Object from) {
        ExportPart.Piece[] piece = {null};
        scope.inTenant(tenantId, () -> {
            piece[0] = part.read(tenantId, from);
            return true;
        });
        return piece[0];
    }

    private interface Content {
        @Nullable
        Long into(OutputStream out) throws IOException;
    }

    private static Entry add(ZipOutputStream zip, Instant at, String name, Content content) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setTime(at.toEpochMilli());
        zip.putNextEntry(entry);
        Counted counted = new Counted(zip);
        Long rows = content.into(counted);
        zip.closeEntry();
        return new Entry(name, rows, counted.bytes, HexFormat.of().formatHex(counted.digest.digest()));
    }

    private static final class Counted extends FilterOutputStream {
        private final MessageDigest digest;
        private long bytes;

        Counted(OutputStream zip) {
            this(zip, sha256());
        }

        private Counted(OutputStream zip, MessageDigest digest) {
            super(new DigestOutputStream(zip, digest));
            this.digest = digest;
        }

        @Override
        public void write(int one) throws IOException {
            out.write(one);
            bytes++;
        }

        @Override
        public void write(byte[] many, int from, int count) throws IOException {
            out.write(many, from, count);
            bytes += count;
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
