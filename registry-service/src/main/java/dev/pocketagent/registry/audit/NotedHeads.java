package dev.pocketagent.registry.audit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.registry.Sql;

/** Ends of chains that were noted outside of the database, and whether they are in the chains. */
@ApplicationScoped
class NotedHeads {

    private static final Logger LOG = Logger.getLogger(NotedHeads.class);
    private static final int HEADS_AT_ONCE = 1_000;
    /** More missing heads than this are no longer told apart: the database is another one. */
    private static final int MOST_MISSING = 10_000;

    /**
     * What came out of comparing.
     *
     * @param heads how many noted ends were looked for
     * @param damagedFiles files that do not hold what was written into them
     * @param missing of each tenant whose noted end is not in its chain: where the chain is wrong
     */
    record Compared(long heads, int files, List<String> damagedFiles, Map<UUID, ChainCheck.Break> missing) {
        Compared {
            damagedFiles = List.copyOf(damagedFiles);
            missing = Map.copyOf(missing);
        }
    }

    private final AuditConfig config;
    private final RowScope rows;
    private final Sql sql;

    @Inject
    NotedHeads(AuditConfig config, RowScope rows, Sql sql) {
        this.config = config;
        this.rows = rows;
        this.sql = sql;
    }

    /**
     * Looks for the newest noted end of each chain, file by file. Memory holds the ids of the tenants, not their heads.
     *
     * @param tenantId one tenant; null for all
     * @return null when no directory is configured
     * @throws UncheckedIOException when the directory cannot be read
     */
    @Nullable
    Compared inFiles(@Nullable UUID tenantId) {
        if (config.headsDir().isEmpty()) {
            return null;
        }
        HeadFiles files = new HeadFiles(config.headsDir().get());
        UuidSet seen = new UuidSet();
        Search search = new Search();
        List<String> damaged = new ArrayList<>();
        int read = 0;
        try {
            for (String file : files.newestFirst()) {
                read++;
                try {
                    files.read(file, noted -> {
                        if ((tenantId == null || tenantId.equals(noted.tenantId())) && seen.add(noted.tenantId())) {
                            search.add(noted);
                        }
                    });
                } catch (HeadFiles.DamagedException e) {
                    LOG.errorf("A file of noted heads is damaged: %s", e.getMessage());
                    damaged.add(file);
                }
                if (search.isFull() || tenantId != null && search.heads + search.batch.size() > 0) {
                    break;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        search.finish();
        return new Compared(search.heads, read, damaged, search.missing);
    }

    /** Looks for these ends; of each chain there may be several. */
    Compared among(List<Head.Noted> noted) {
        Search search = new Search();
        noted.forEach(search::add);
        search.finish();
        return new Compared(search.heads, 0, List.of(), search.missing);
    }

    private final class Search {
        private final List<Head.Noted> batch = new ArrayList<>();
        private final Map<UUID, ChainCheck.Break> missing = new HashMap<>();
        private long heads;

        boolean isFull() {
            return missing.size() >= MOST_MISSING;
        }

        void add(Head.Noted noted) {
            batch.add(noted);
            if (batch.size() == HEADS_AT_ONCE) {
                finish();
            }
        }

        void finish() {
            if (batch.isEmpty() || isFull()) {
                return;
            }
            heads += batch.size();
            rows.inAllTenants(() -> {
                sql.keepToIndexes();
                return sql.run(connection -> look(connection, batch, missing));
            });
            batch.clear();
        }
    }

    private static int look(Connection connection, List<Head.Noted> batch, Map<UUID, ChainCheck.Break> missing)
            throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("""
                select noted.tenant_id, noted.seq,
                       (select max(r.seq) from audit_row r where r.tenant_id = noted.tenant_id)
                from unnest(?::uuid[], ?::bigint[], ?::bytea[]) as noted (tenant_id, seq, hash)
                where not exists (select from audit_row r where r.tenant_id = noted.tenant_id and r.seq = noted.seq
                                  and r.hash = noted.hash)""")) {
            query.setArray(1, connection.createArrayOf("uuid", batch.stream().map(Head.Noted::tenantId).toArray()));
            query.setArray(2, connection.createArrayOf("int8",
                    batch.stream().map(noted -> noted.head().seq()).toArray()));
            query.setArray(3, connection.createArrayOf("bytea",
                    batch.stream().map(noted -> noted.head().hash().bytes()).toArray(byte[][]::new)));
            int found = 0;
            try (ResultSet result = query.executeQuery()) {
                while (result.next()) {
                    found++;
                    // The first row that is gone, or the row that is another one.
                    long seq = Math.min(result.getLong(2), result.getLong(3) + 1);
                    missing.merge(result.getObject(1, UUID.class),
                            new ChainCheck.Break(seq, ChainCheck.Reason.HEAD_MISSING),
                            (one, other) -> one.seq() <= other.seq() ? one : other);
                }
            }
            return found;
        }
    }
}
