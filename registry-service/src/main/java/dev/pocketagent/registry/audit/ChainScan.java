package dev.pocketagent.registry.audit;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.registry.Sql;

/**
 * Reads chains from begin to end and checks them, while others write on. Chains lie one behind the other in an index; they
 * are read in pieces of bounded length, each in a short transaction of its own, in several ranges of tenants at once. Memory
 * does not grow with the rows, and no transaction or statement lasts as long as the whole.
 */
@ApplicationScoped
class ChainScan {

    private static final Logger LOG = Logger.getLogger(ChainScan.class);
    private static final int ROWS_A_PIECE = 20_000;
    private static final int FETCH_ROWS = 1_000;
    /** Two backends of PostgreSQL and two of our threads: enough for 200,000 rows/s, and the others still get their turn. */
    private static final int WORKERS = 2;
    private static final int TENANTS_A_RANGE = 10_000;
    private static final Duration TELL_EVERY = Duration.ofSeconds(10);

    /** What came out of checking one tenant's chain. */
    record Checked(UUID tenantId, ChainCheck chain) {}

    /**
     * Tenants, in the order of their ids.
     *
     * @param after the last one before them; null for the very first
     * @param upTo the last of them; null for the very last
     */
    private record Range(@Nullable UUID after, @Nullable UUID upTo) {}

    private final RowScope rows;
    private final Sql sql;

    @Inject
    ChainScan(RowScope rows, Sql sql) {
        this.rows = rows;
        this.sql = sql;
    }

    /**
     * Checks the chain of one tenant.
     *
     * @param result called once, or not at all for a tenant that has no chain
     */
    void one(UUID tenantId, Consumer<Checked> result) {
        new Run(new Range(null, tenantId), tenantId, ROWS_A_PIECE, result, new Progress()).all();
    }

    /**
     * Checks all chains.
     *
     * @param result called once a chain, from several threads, one at a time
     */
    void all(Consumer<Checked> result) {
        all(result, TENANTS_A_RANGE);
    }

    void all(Consumer<Checked> result, int tenantsARange) {
        List<Range> ranges = ranges(tenantsARange);
        AtomicInteger next = new AtomicInteger();
        Progress progress = new Progress();
        Consumer<Checked> oneAtATime = checked -> {
            synchronized (ranges) {
                result.accept(checked);
            }
        };
        try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int worker = 0; worker < WORKERS; worker++) {
                running.add(workers.submit(() -> {
                    try {
                        for (int i = next.getAndIncrement(); i < ranges.size(); i = next.getAndIncrement()) {
                            new Run(ranges.get(i), null, ROWS_A_PIECE, oneAtATime, progress).all();
                        }
                    } finally {
                        // After an error the other worker need not go on.
                        next.addAndGet(ranges.size());
                    }
                }));
            }
            running.forEach(ChainScan::await);
        }
        progress.done();
    }

    private static void await(Future<?> work) {
        try {
            work.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("The check was interrupted", e);
        }
    }

    /** Checks the chains of the tenants behind one id and up to another, in pieces of any size. */
    void between(UUID after, UUID upTo, int rowsAPiece, Consumer<Checked> result) {
        new Run(new Range(after, upTo), null, rowsAPiece, result, new Progress()).all();
    }

    private List<Range> ranges(int tenantsARange) {
        return rows.inAllTenants(() -> sql.run(connection -> {
            List<Range> ranges = new ArrayList<>();
            UUID after = null;
            try (PreparedStatement query = connection.prepareStatement("""
                    select tenant_id from (select tenant_id, row_number() over (order by tenant_id) as place
                                           from audit_head) as placed
                    where place % ? = 0 order by tenant_id""")) {
                query.setInt(1, tenantsARange);
                try (ResultSet bounds = query.executeQuery()) {
                    while (bounds.next()) {
                        UUID upTo = bounds.getObject(1, UUID.class);
                        ranges.add(new Range(after, upTo));
                        after = upTo;
                    }
                }
            }
            ranges.add(new Range(after, null));
            return ranges;
        }));
    }

    /** Tells every few seconds how far it is. */
    private static final class Progress {
        private final long begin = System.nanoTime();
        private final AtomicLong checked = new AtomicLong();
        private final AtomicLong told = new AtomicLong(begin);

        void add(long rows) {
            long all = checked.addAndGet(rows);
            long before = told.get();
            long now = System.nanoTime();
            if (now - before >= TELL_EVERY.toNanos() && told.compareAndSet(before, now)) {
                LOG.infof("Checking the audit trail: %d rows in %d s", all, (now - begin) / 1_000_000_000L);
            }
        }

        void done() {
            long millis = Math.max(1, (System.nanoTime() - begin) / 1_000_000L);
            LOG.infof("Checked the audit trail: %d rows in %d ms, %d rows/s", checked.get(), millis,
                    checked.get() * 1000 / millis);
        }
    }

    /** One range, piece by piece. */
    private final class Run {

        private final Range range;
        private final @Nullable UUID only;
        private final int rowsAPiece;
        private final Progress progress;
        private final Chain chain = new Chain();
        private final Consumer<Checked> result;

        /** The chain that is being read, and the last row of it that was. */
        private @Nullable UUID tenant;
        private ChainCheck check = new ChainCheck(chain);
        /** The last tenant that is done; also of those without a row. */
        private @Nullable UUID done;

        Run(Range range, @Nullable UUID only, int rowsAPiece, Consumer<Checked> result, Progress progress) {
            this.range = range;
            this.only = only;
            this.rowsAPiece = rowsAPiece;
            this.result = result;
            this.progress = progress;
            this.done = range.after;
        }

        void all() {
            boolean more = true;
            while (more) {
                more = rows.inAllTenants(() -> {
                    sql.keepToIndexes();
                    return sql.run(this::piece);
                });
            }
        }

        /** Whether there may be more. */
        private boolean piece(Connection connection) throws SQLException {
            SequencedMap<UUID, ChainCheck> finished = new LinkedHashMap<>();
            long read = readRows(connection, finished);
            progress.add(read);
            boolean more = read == rowsAPiece;
            UUID last = tenant;
            if (!more && last != null) {
                finished.put(last, check);
                tenant = null;
            }
            // The chain that was cut by the end of the piece is finished in one of the next.
            if (!more) {
                compare(connection, finished, range.upTo);
            } else if (!finished.isEmpty()) {
                compare(connection, finished, finished.lastEntry().getKey());
            }
            return more;
        }

        private long readRows(Connection connection, SequencedMap<UUID, ChainCheck> finished) throws SQLException {
            UUID from = tenant;
            UUID after = from != null ? from : done;
            String bounds = only != null
                    ? "tenant_id = ? and seq > ?"
                    : after == null
                            ? "true"
                            : "(tenant_id, seq) > (?, ?)";
            try (PreparedStatement query = connection.prepareStatement("select " + AuditTrail.COLUMNS
                    + " from audit_row where " + bounds + (only == null && range.upTo != null
                            ? " and tenant_id <= ?"
                            : "")
                    + " order by tenant_id, seq limit ?")) {
                int place = 1;
                if (only != null || after != null) {
                    query.setObject(place++, only != null ? only : after);
                    query.setLong(place++, from != null ? check.head().seq() : only != null ? 0 : Long.MAX_VALUE);
                }
                if (only == null && range.upTo != null) {
                    query.setObject(place++, range.upTo);
                }
                query.setInt(place, rowsAPiece);
                query.setFetchSize(FETCH_ROWS);
                try (ResultSet found = query.executeQuery()) {
                    return only == null ? check(found, finished) : checkAside(found);
                }
            }
        }

        private long check(ResultSet found, SequencedMap<UUID, ChainCheck> finished) throws SQLException {
            long read = 0;
            while (found.next()) {
                AuditRow row = AuditTrail.row(found);
                if (!row.tenantId().equals(tenant)) {
                    if (tenant != null) {
                        finished.put(tenant, check);
                    }
                    tenant = row.tenantId();
                    check = new ChainCheck(chain);
                }
                check.row(row);
                read++;
            }
            return read;
        }

        /** One chain alone has no other worker beside it: here a thread reads on while another checks what was read. */
        private long checkAside(ResultSet found) throws SQLException {
            long read = 0;
            try (ExecutorService aside = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<?> checking = CompletableFuture.completedFuture(null);
                boolean more = true;
                while (more) {
                    List<AuditRow> batch = new ArrayList<>(FETCH_ROWS);
                    while (batch.size() < FETCH_ROWS && (more = found.next())) {
                        batch.add(AuditTrail.row(found));
                    }
                    await(checking);
                    if (!batch.isEmpty()) {
                        if (tenant == null) {
                            tenant = only;
                            check = new ChainCheck(chain);
                        }
                        ChainCheck sameChain = check;
                        checking = aside.submit(() -> batch.forEach(sameChain::row));
                    }
                    read += batch.size();
                }
                await(checking);
            }
            return read;
        }

        /** Compares the finished chains with the ends noted beside them, up to a tenant. */
        private void compare(Connection connection, SequencedMap<UUID, ChainCheck> finished, @Nullable UUID upTo)
                throws SQLException {
            Map<UUID, ChainCheck> open = new LinkedHashMap<>(finished);
            List<UUID> differ = new ArrayList<>();
            UUID after = done;
            String bounds = only != null
                    ? "tenant_id = ?"
                    : (after == null ? "true" : "tenant_id > ?") + (upTo == null ? "" : " and tenant_id <= ?");
            try (PreparedStatement query = connection.prepareStatement(
                    "select tenant_id, seq, hash from audit_head where " + bounds + " order by tenant_id")) {
                int place = 1;
                if (only != null) {
                    query.setObject(place, only);
                } else {
                    if (after != null) {
                        query.setObject(place++, after);
                    }
                    if (upTo != null) {
                        query.setObject(place, upTo);
                    }
                }
                query.setFetchSize(FETCH_ROWS);
                try (ResultSet heads = query.executeQuery()) {
                    while (heads.next()) {
                        UUID owner = heads.getObject(1, UUID.class);
                        Head noted = new Head(heads.getLong(2), new Hash(heads.getBytes(3)));
                        ChainCheck checked = open.get(owner);
                        if (checked != null && checked.head().equals(noted)) {
                            open.remove(owner);
                            result.accept(new Checked(owner, checked));
                        } else {
                            differ.add(owner);
                        }
                    }
                }
            }
            for (UUID owner : differ) {
                ChainCheck checked = open.remove(owner);
                finish(connection, owner, checked == null ? new ChainCheck(chain) : checked);
            }
            for (Map.Entry<UUID, ChainCheck> headless : open.entrySet()) {
                finish(connection, headless.getKey(), headless.getValue());
            }
            done = upTo;
        }

        /**
         * The rows were read before the ends, so a chain may have grown meanwhile. One statement is one snapshot, also under
         * READ COMMITTED: the rows that came since and the noted end belong together.
         */
        private void finish(Connection connection, UUID owner, ChainCheck checked) throws SQLException {
            try (PreparedStatement query = connection.prepareStatement("""
                    select r.tenant_id, r.seq, r.at, r.actor_key_id, r.actor_role, r.action, r.target, r.detail,
                           r.previous_hash, r.hash, h.seq, h.hash
                    from (select ?::uuid as id) as t left join audit_head h on h.tenant_id = t.id
                    left join audit_row r on r.tenant_id = t.id and r.seq > ? order by r.seq""")) {
                query.setObject(1, owner);
                query.setLong(2, checked.head().seq());
                query.setFetchSize(FETCH_ROWS);
                Head noted = Head.NONE;
                try (ResultSet found = query.executeQuery()) {
                    while (found.next()) {
                        byte[] end = found.getBytes(12);
                        noted = end == null ? Head.NONE : new Head(found.getLong(11), new Hash(end));
                        if (found.getBytes(10) != null) {
                            checked.row(AuditTrail.row(found));
                        }
                    }
                }
                checked.end(noted);
            }
            result.accept(new Checked(owner, checked));
        }
    }
}
