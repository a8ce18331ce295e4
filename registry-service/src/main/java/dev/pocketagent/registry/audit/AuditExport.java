package dev.pocketagent.registry.audit;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.registry.Sql;

/**
 * The trail as a file of any length. It is read in pieces, each in a short transaction of its own, and written between
 * them: a reader that is slow or gone holds neither a connection nor a snapshot. Newest row first: what is appended
 * meanwhile is in front of what was read, so the file is the trail as it stood when it began.
 */
@ApplicationScoped
class AuditExport {

    private static final int ROWS_AT_ONCE = 1_000;
    private static final int BUFFER_BYTES = 64 * 1024;

    /** How a file of rows is written. */
    enum Format {
        CSV("text/csv;charset=UTF-8;header=present"), JSONL("application/jsonl");

        final String mediaType;

        Format(String mediaType) {
            this.mediaType = mediaType;
        }

        /** As it is called in the API and at the end of file names. */
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final AuditTrail trail;
    private final Details details;
    private final AuditLog audit;
    private final RowScope rows;
    private final Sql sql;
    private final ObjectMapper json;

    @Inject
    AuditExport(AuditTrail trail, Details details, AuditLog audit, RowScope rows, Sql sql, ObjectMapper json) {
        this.trail = trail;
        this.details = details;
        this.audit = audit;
        this.rows = rows;
        this.sql = sql;
        this.json = json;
    }

    /** Notes who takes which rows, before the first one leaves. */
    void record(Actor actor, AuditFilter filter, Format format) {
        UUID tenant = filter.tenant();
        Map<String, Object> detail = new TreeMap<>(Map.of("format", format.text(), "filter", filter.described()));
        // A mistyped id must not become a chain of a tenant that never was.
        UUID owner = tenant != null && in(tenant, () -> !trail.onwards(tenant, 0, 1).isEmpty()) ? tenant : null;
        // Lasting, because a tenant's trail is exported after its purge, too; a filter names ids and times only.
        in(owner, () -> audit.appendLasting(owner, actor, "audit.export", "audit", detail));
    }

    /**
     * Writes all rows that are wanted.
     *
     * @throws IOException when the reader is gone
     */
    void write(AuditFilter filter, Format format, OutputStream target) throws IOException {
        OutputStream out = new BufferedOutputStream(target, BUFFER_BYTES);
        Csv csv = new Csv();
        if (format == Format.CSV) {
            for (String column : List.of("tenantId", "seq", "at", "actorKeyId", "actorRole", "action", "target",
                    "detail", "hash", "previousHash")) {
                csv.text(column);
            }
            csv.endLine();
        }
        List<AuditRow> found;
        AuditTrail.Place after = null;
        do {
            AuditTrail.Place from = after;
            record Piece(List<AuditRow> rows, List<AuditView> views) {}
            Piece piece = in(filter.tenant(), () -> {
                sql.keepToIndexes();
                List<AuditRow> next = trail.page(filter, from, ROWS_AT_ONCE);
                return new Piece(next, details.views(next));
            });
            found = piece.rows;
            for (AuditView view : piece.views) {
                if (format == Format.CSV) {
                    line(csv, view);
                } else {
                    out.write(json.writeValueAsBytes(view));
                    out.write('\n');
                }
            }
            out.write(csv.take().getBytes(StandardCharsets.UTF_8));
            after = found.isEmpty() ? null : AuditTrail.Place.of(found.getLast());
        } while (found.size() == ROWS_AT_ONCE);
        out.flush();
    }

    private static void line(Csv csv, AuditView view) {
        csv.text(view.tenantId().toString()).number(view.seq()).text(view.at().toString())
                .text(view.actorKeyId() == null ? null : view.actorKeyId().toString()).text(view.actorRole())
                .text(view.action()).text(view.target()).text(view.detail().toString()).text(view.hash())
                .text(view.previousHash()).endLine();
    }

    private <T> T in(@Nullable UUID tenant, Supplier<T> work) {
        return tenant == null ? rows.inAllTenants(work) : rows.inTenant(tenant, work);
    }
}
