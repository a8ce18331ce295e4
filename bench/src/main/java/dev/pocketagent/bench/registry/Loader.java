package dev.pocketagent.bench.registry;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import org.postgresql.PGConnection;

import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.registry.audit.Chain;

/**
 * Fills an empty registry database as fast as it goes: COPY in binary form on several sessions, indexes and keys off before
 * and on again after, by the very definitions that the migrations gave them. Works as the server's superuser, for whom
 * row-level security does not hold (COPY refuses it) and who may leave triggers and foreign keys out; what the triggers
 * would have made is made here in one statement.
 */
final class Loader {

    private static final List<String> TABLES = List.of("tenant", "quota", "api_key", "audit_row", "audit_head",
            "event");
    /** Tenants that a session takes at a time. */
    private static final int CHUNK = 2_000;
    private static final int SESSIONS = 2;

    private final String url;
    private final String user;
    private final String password;
    private final Population population;
    private final boolean byTime;
    private final Consumer<String> now;

    /**
     * @param byTime audit rows lie as they were written, those of all tenants mixed; else each chain in one piece
     * @param now told what happens
     */
    Loader(String url, String user, String password, Population population, boolean byTime, Consumer<String> now) {
        this.url = url;
        this.user = user;
        this.password = password;
        this.population = population;
        this.byTime = byTime;
        this.now = now;
    }

    /** What was taken off a table, and how it comes back. */
    private record Taken(String drop, String create) {}

    private interface Writer {
        void write(int tenant, CopyRows into) throws SQLException;
    }

    void load() throws SQLException, InterruptedException {
        try (Connection admin = connect(); Statement sql = admin.createStatement()) {
            List<Taken> indexes = takeIndexes(sql);
            now.accept("tenants");
            copy("tenant", List.of("id", "slug", "name", "plan", "plan_version", "state", "reason", "created_at",
                    "updated_at", "version", "state_changed_at", "state_before", "purge_after"), this::tenant);
            now.accept("keys");
            copy("api_key",
                    List.of("id", "tenant_id", "name", "role", "scopes", "start", "sha256", "created_at", "version",
                            "counted"),
                    this::key);
            auditRows();
            now.accept("events");
            long before = number(sql, "select coalesce(max(seq), 0) from event");
            events(before);
            sql.execute("select setval('event_seq', " + (before + population.events()) + ")");
            now.accept("quotas");
            quotas(sql);
            int done = 0;
            for (Taken each : indexes) {
                now.accept("index " + ++done + " of " + indexes.size());
                sql.execute(each.create);
            }
            now.accept("statistics");
            for (String table : TABLES) {
                sql.execute("vacuum (analyze) " + table);
            }
            sql.execute("checkpoint");
        }
    }

    private void tenant(int i, CopyRows into) throws SQLException {
        String state = population.state(i);
        var created = population.createdAt(i);
        boolean ends = state.equals("deleting");
        // Nothing is due while we measure: the service must not begin to purge.
        into.row().uuid(population.id(i)).text(population.slug(i)).text(population.name(i)).text(population.plan(i))
                .number(1).text(state).text(population.reason(i)).time(created).time(created).big(0).time(created)
                .text(ends ? "active" : null).time(ends ? created.plusSeconds(20L * 365 * 86_400) : null);
    }

    private void key(int i, CopyRows into) throws SQLException {
        if (population.hasKey(i)) {
            into.row().uuid(population.keyId(i)).uuid(population.id(i)).text("first key").text("tenant-admin").noTexts()
                    .text("pocket_tn_" + Integer.toString(i % 1_000_000, 36)).bytes(population.keySha256(i))
                    .time(population.createdAt(i)).big(0).yesNo(true);
        }
    }

    private void auditRows() throws SQLException, InterruptedException {
        var chains = new Chains(population);
        var written = new AtomicLong();
        var perThread = ThreadLocal.withInitial(Chain::new);
        if (byTime) {
            long longest = 0;
            for (int i = 0; i < population.tenants(); i++) {
                longest = i == 0 ? 0 : Math.max(longest, population.rows(i));
            }
            // Each tenant's k-th row, then each one's next: what lies together was written at about the same time.
            for (long k = 0; k < longest; k++) {
                copy("audit_row", Chains.COLUMNS, (i, into) -> {
                    if (i > 0 && chains.length(i) < population.rows(i)) {
                        chains.next(i, population.id(i), population.rows(i), perThread.get(), into);
                        tell(written);
                    }
                });
            }
        }
        copy("audit_row", Chains.COLUMNS, (i, into) -> {
            var id = population.id(i);
            long rows = population.rows(i);
            while (chains.length(i) < rows) {
                chains.next(i, id, rows, perThread.get(), into);
                tell(written);
            }
        });
        copy("audit_head", Chains.HEAD_COLUMNS, chains::head);
    }

    private void tell(AtomicLong written) {
        long rows = written.incrementAndGet();
        if (rows % Math.max(1000, population.auditRows() / 20) == 0) {
            now.accept("audit rows: " + rows / 1000 + " of " + population.auditRows() / 1000 + " thousand");
        }
    }

    /** The newest changes, oldest first, each with its place in the feed. */
    private void events(long before) throws SQLException {
        int events = population.events();
        try (Connection connection = connect();
                CopyRows into = new CopyRows(connection.unwrap(PGConnection.class), "event",
                        List.of("seq", "id", "type", "tenant_id", "at", "data"))) {
            for (int j = 0; j < events; j++) {
                int i = (int) ((long) j * population.tenants() / events);
                var at = population.createdAt(i).plusMillis(j % 1000);
                into.row().big(before + j + 1).uuid(Population.uuid(at.toEpochMilli(), j, ~j)).text("tenant.updated")
                        .uuid(population.id(i)).time(at)
                        .text("{\"slug\":\"" + population.slug(i) + "\",\"name\":\"" + population.name(i)
                                + "\",\"plan\":\"" + population.plan(i) + "\",\"planVersion\":1,\"state\":\""
                                + population.state(i) + "\",\"reason\":null}");
            }
            into.finish();
        }
    }

    /** As the triggers on tenants would have made them, with something in use; one of a thousand is over its limit. */
    private static void quotas(Statement sql) throws SQLException {
        sql.execute("set session_replication_role = replica");
        sql.execute("""
                insert into quota (tenant_id, slug, stacks_limit, stacks_used, cpu_millis_limit, cpu_millis_used, memory_mib_limit,
                                   memory_mib_used, disk_mib_limit, disk_mib_used, volumes_limit, volumes_used, keys_limit,
                                   keys_used, sources_limit, sources_used)
                select t.id, t.slug, p.stacks, case when hashtext(t.slug) % 1000 = 0 then p.stacks + 1 else p.stacks / 2 end,
                       p.cpu_millis, p.cpu_millis / 2, p.memory_mib, p.memory_mib / 2, p.disk_mib, p.disk_mib / 2, p.volumes,
                       p.volumes / 2, p.keys, coalesce(k.keys, 0), p.sources, p.sources / 2
                from tenant t join plan_version p on p.plan = t.plan and p.version = t.plan_version
                left join (select tenant_id, count(*) as keys from api_key where counted group by tenant_id) k
                    on k.tenant_id = t.id
                on conflict do nothing""");
        sql.execute("set session_replication_role = origin");
    }

    /** Writes all tenants to one table, on several sessions. */
    private void copy(String table, List<String> columns, Writer writer) throws SQLException, InterruptedException {
        var next = new AtomicInteger();
        try (var threads = Executors.newFixedThreadPool(SESSIONS)) {
            var sessions = new ArrayList<Future<Long>>();
            for (int s = 0; s < SESSIONS; s++) {
                sessions.add(threads.submit(() -> session(table, columns, writer, next)));
            }
            for (Future<Long> session : sessions) {
                session.get();
            }
        } catch (ExecutionException e) {
            throw new SQLException("loading " + table + " failed", e.getCause());
        }
    }

    private long session(String table, List<String> columns, Writer writer, AtomicInteger next) throws SQLException {
        try (Connection connection = connect();
                CopyRows into = new CopyRows(connection.unwrap(PGConnection.class), table, columns)) {
            for (int from = next.getAndAdd(CHUNK); from < population.tenants(); from = next.getAndAdd(CHUNK)) {
                int to = Math.min(population.tenants(), from + CHUNK);
                for (int i = from; i < to; i++) {
                    writer.write(i, into);
                }
            }
            return into.finish();
        }
    }

    /** A session that waits for no disk and fires no trigger; what it writes is right by construction. */
    private Connection connect() throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        properties.setProperty("options", "-c synchronous_commit=off -c session_replication_role=replica"
                + " -c maintenance_work_mem=512MB -c work_mem=256MB -c statement_timeout=0");
        return DriverManager.getConnection(url, properties);
    }

    /** Drops every index and key that no foreign key needs. */
    private static List<Taken> takeIndexes(Statement sql) throws SQLException {
        var taken = new ArrayList<Taken>();
        String tables = "('" + String.join("', '", TABLES) + "')";
        try (ResultSet found = sql.executeQuery("""
                select format('alter table %%I drop constraint %%I', r.relname, c.conname),
                       format('alter table %%I add constraint %%I %%s', r.relname, c.conname, pg_get_constraintdef(c.oid))
                from pg_constraint c join pg_class r on r.oid = c.conrelid
                where r.relname in %s and r.relnamespace = 'public'::regnamespace and c.contype in ('p', 'u')
                    and not exists (select from pg_constraint f where f.contype = 'f' and f.conindid = c.conindid)
                union all
                select format('drop index %%I', i.relname), pg_get_indexdef(i.oid)
                from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class r on r.oid = x.indrelid
                where r.relname in %s and r.relnamespace = 'public'::regnamespace
                    and not exists (select from pg_constraint c where c.conindid = i.oid)""".formatted(tables,
                tables))) {
            while (found.next()) {
                taken.add(new Taken(found.getString(1), found.getString(2)));
            }
        }
        for (Taken each : taken) {
            sql.execute(each.drop);
        }
        return taken;
    }

    private static long number(Statement sql, String query) throws SQLException {
        try (ResultSet row = sql.executeQuery(query)) {
            if (!row.next()) {
                throw CliException.failed("PostgreSQL answers nothing to: " + query, "");
            }
            return row.getLong(1);
        }
    }
}
