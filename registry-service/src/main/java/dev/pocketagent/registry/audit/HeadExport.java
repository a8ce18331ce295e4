package dev.pocketagent.registry.audit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.registry.Sql;

/**
 * Notes the ends of the chains outside of the database: those that changed since the last time, in a new file. One replica
 * does it at a time. After a crash between the file and the database the same ends are noted once more.
 */
@ApplicationScoped
class HeadExport {

    static final String ACTION = "audit.heads-exported";

    private static final Logger LOG = Logger.getLogger(HeadExport.class);
    private static final int HEADS_AT_ONCE = 1_000;

    private final Optional<Path> directory;
    private final RowScope rows;
    private final Sql sql;
    private final AuditLog audit;
    private final Event<HeadsExported> exported;
    private final Clock clock;

    @Inject
    HeadExport(AuditConfig config, RowScope rows, Sql sql, AuditLog audit, Event<HeadsExported> exported,
            Clock clock) {
        this(config.headsDir(), rows, sql, audit, exported, clock);
    }

    HeadExport(Optional<Path> directory, RowScope rows, Sql sql, AuditLog audit, Event<HeadsExported> exported,
            Clock clock) {
        this.directory = directory;
        this.rows = rows;
        this.sql = sql;
        this.audit = audit;
        this.exported = exported;
        this.clock = clock;
    }

    /** When ends were noted last, by any replica; empty for never. */
    Optional<Instant> last() {
        return rows.inAllTenants(() -> sql.run(connection -> {
            try (Statement query = connection.createStatement();
                    ResultSet found = query.executeQuery("select max(at) from audit_head_export")) {
                OffsetDateTime at = found.next() ? found.getObject(1, OffsetDateTime.class) : null;
                return Optional.ofNullable(at).map(OffsetDateTime::toInstant);
            }
        }));
    }

    /**
     * Notes what there is to note.
     *
     * @return what was written; empty when nothing changed, or another replica is at it
     * @throws UncheckedIOException when the directory cannot be written
     */
    Optional<HeadFiles.Written> run() {
        // The lock is the connection's, not a transaction's: it lasts over several, and ends with this process.
        return sql.run(connection -> {
            try (Statement lock = connection.createStatement()) {
                if (!isTrue(lock, "select pg_try_advisory_lock(hashtextextended('audit-heads', 0))")) {
                    return Optional.empty();
                }
                try {
                    return export();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                } finally {
                    lock.execute("select pg_advisory_unlock(hashtextextended('audit-heads', 0))");
                }
            }
        });
    }

    private Optional<HeadFiles.Written> export() throws IOException {
        // A directory without files, because it is new or was lost, gets all ends.
        boolean all = directory.isPresent() && new HeadFiles(directory.get()).newestFirst().isEmpty();
        if (!all && !hasNews()) {
            return Optional.empty();
        }
        Instant last = last().orElse(Instant.EPOCH);
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        // Names are in the order in which they were written, whichever clock is slow.
        Instant at = now.isAfter(last) ? now : last.plus(1, ChronoUnit.MICROS);
        Places digested = new Places();
        HeadFiles.Written written = directory.isPresent()
                ? intoFile(new HeadFiles(directory.get()), at, all)
                : digestOf(digested);
        if (written.count() == 0) {
            return Optional.empty();
        }
        boolean hasFile = directory.isPresent();
        // Told first, and only then done with: after a crash in between the same ends are told once more.
        tell(written, hasFile ? written.file() : null, at);
        if (hasFile) {
            markAsIn(written.file());
        } else {
            digested.inBatches(HEADS_AT_ONCE, this::mark);
        }
        LOG.infof("The ends of %d audit chains are noted%s, sha256 %s", written.count(),
                hasFile ? " in " + written.file() : "", written.sha256());
        return Optional.of(written);
    }

    /** Whether any chain grew by more than the record of the last time: otherwise each time would cause the next. */
    private boolean hasNews() {
        return rows.inAllTenants(() -> sql.run(connection -> {
            try (Statement query = connection.createStatement()) {
                return isTrue(query, """
                        select exists (select from audit_head h where h.exported_seq < h.seq and (h.tenant_id <> '%s'
                            or exists (select from audit_row r where r.tenant_id = h.tenant_id
                                       and r.seq > h.exported_seq and r.action <> '%s')))"""
                        .formatted(AuditLog.PLATFORM, ACTION));
            }
        }));
    }

    private HeadFiles.Written intoFile(HeadFiles files, Instant at, boolean all) throws IOException {
        try (HeadFiles.Draft draft = files.draft(at)) {
            UUID after = null;
            List<Head.Noted> batch;
            do {
                batch = heads(after, all);
                for (Head.Noted noted : batch) {
                    draft.add(noted);
                    after = noted.tenantId();
                }
            } while (batch.size() == HEADS_AT_ONCE);
            return draft.count() == 0 ? new HeadFiles.Written("", 0, "") : draft.keep();
        }
    }

    private HeadFiles.Written digestOf(Places digested) {
        MessageDigest digest = HeadFiles.sha256();
        long count = 0;
        UUID after = null;
        List<Head.Noted> batch;
        do {
            batch = heads(after, false);
            for (Head.Noted noted : batch) {
                digest.update(HeadFiles.line(noted));
                digested.add(noted.tenantId(), noted.head().seq());
                after = noted.tenantId();
            }
            count += batch.size();
        } while (batch.size() == HEADS_AT_ONCE);
        return new HeadFiles.Written("", count, HexFormat.of().formatHex(digest.digest()));
    }

    private List<Head.Noted> heads(@Nullable UUID after, boolean all) {
        return rows.inAllTenants(() -> {
            sql.keepToIndexes();
            return sql.run(connection -> {
                try (PreparedStatement query = connection.prepareStatement(
                        "select tenant_id, seq, hash from audit_head where " + (all ? "true" : "exported_seq < seq")
                                + (after == null ? "" : " and tenant_id > ?") + " order by tenant_id limit ?")) {
                    int place = 1;
                    if (after != null) {
                        query.setObject(place++, after);
                    }
                    query.setInt(place, HEADS_AT_ONCE);
                    List<Head.Noted> heads = new ArrayList<>();
                    try (ResultSet found = query.executeQuery()) {
                        while (found.next()) {
                            heads.add(new Head.Noted(found.getObject(1, UUID.class),
                                    new Head(found.getLong(2), new Hash(found.getBytes(3)))));
                        }
                    }
                    return heads;
                }
            });
        });
    }

    private void tell(HeadFiles.Written written, @Nullable String file, Instant at) {
        rows.inAllTenants(() -> {
            sql.run(connection -> {
                try (PreparedStatement insert = connection
                        .prepareStatement(
                                "insert into audit_head_export (at, heads, sha256, file) values (?, ?, ?, ?)")) {
                    insert.setObject(1, at.atOffset(ZoneOffset.UTC));
                    insert.setLong(2, written.count());
                    insert.setBytes(3, HexFormat.of().parseHex(written.sha256()));
                    insert.setString(4, file);
                    return insert.executeUpdate();
                }
            });
            Map<String, @Nullable Object> detail = new HashMap<>();
            detail.put("heads", written.count());
            detail.put("sha256", written.sha256());
            detail.put("file", file);
            Recorded recorded = audit.append(null, Actor.SYSTEM, ACTION, "audit", detail);
            exported.fire(new HeadsExported(recorded, written.count(), written.sha256(), file));
            return recorded;
        });
    }

    private void markAsIn(String file) throws IOException {
        List<Places.Place> batch = new ArrayList<>();
        try {
            new HeadFiles(directory.orElseThrow()).read(file, noted -> {
                batch.add(new Places.Place(noted.tenantId(), noted.head().seq()));
                if (batch.size() == HEADS_AT_ONCE) {
                    mark(batch);
                    batch.clear();
                }
            });
        } catch (HeadFiles.DamagedException e) {
            throw new IOException(e.getMessage(), e);
        }
        mark(batch);
    }

    /**
     * Remembers up to where chains are noted. A chain whose end is locked is growing at this moment, so it is noted next time
     * anyway; waiting for it could end in a circle with whoever writes to several chains.
     */
    private void mark(List<Places.Place> batch) {
        if (batch.isEmpty()) {
            return;
        }
        rows.inAllTenants(() -> {
            sql.keepToIndexes();
            return sql.run(connection -> mark(connection, batch));
        });
    }

    private static int mark(Connection connection, List<Places.Place> batch) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("""
                with free as materialized (
                    select tenant_id from audit_head where tenant_id = any (?) for update skip locked)
                update audit_head h set exported_seq = noted.seq
                from free join unnest(?::uuid[], ?::bigint[]) as noted (tenant_id, seq) using (tenant_id)
                where h.tenant_id = free.tenant_id and h.exported_seq < noted.seq""")) {
            Object[] tenants = batch.stream().map(Places.Place::tenantId).toArray();
            update.setArray(1, connection.createArrayOf("uuid", tenants));
            update.setArray(2, connection.createArrayOf("uuid", tenants));
            update.setArray(3, connection.createArrayOf("int8", batch.stream().map(Places.Place::seq).toArray()));
            return update.executeUpdate();
        }
    }

    private static boolean isTrue(Statement statement, String query) throws SQLException {
        try (ResultSet row = statement.executeQuery(query)) {
            return row.next() && row.getBoolean(1);
        }
    }
}
