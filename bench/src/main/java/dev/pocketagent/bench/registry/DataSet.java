package dev.pocketagent.bench.registry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.bench.load.Numbers;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.home.Home;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.home.SecretFiles;
import dev.pocketagent.cli.output.Durations;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Progress;

/** A state directory with a registry's database of a known content. */
final class DataSet {

    private static final String SUPERUSER = "pocket";
    /** Says what is in the directory; written when everything is. */
    private static final String MARK = "data-set.json";
    /** Measured: table, indexes and a share of the log, with some room. */
    private static final long BYTES_A_TENANT = 1_800;
    private static final long BYTES_A_ROW = 750;
    private static final long BYTES_A_EVENT = 500;
    /** PostgreSQL's log grows to 1 GiB, its programs and an empty database are 0.2. */
    private static final long BYTES_ANYWAY = 1_600L << 20;

    private final Home home;
    private final int port;
    private final Population population;
    private final boolean byTime;

    DataSet(Home home, int offset, Population population, boolean byTime) {
        this.home = home;
        this.port = Part.POSTGRES.port(offset);
        this.population = population;
        this.byTime = byTime;
    }

    /** What a data set of this size takes on the disk at most. */
    static long bytesNeeded(Population population) {
        return BYTES_ANYWAY + population.tenants() * BYTES_A_TENANT + population.auditRows() * BYTES_A_ROW
                + population.events() * BYTES_A_EVENT;
    }

    /**
     * Whether the directory holds this data set. An empty or missing directory does not.
     *
     * @throws CliException when it holds something else, which is not ours to delete
     */
    boolean isThere() throws IOException {
        Path mark = home.root().resolve(MARK);
        if (!Files.exists(mark)) {
            if (Files.isDirectory(home.root()) && !isEmpty(home.root())) {
                throw CliException.usage(home.root() + " is not empty and holds no finished data set",
                        "delete it, or name another directory with --data");
            }
            return false;
        }
        JsonNode known = Json.read(Files.readString(mark));
        if (known.path("tenants").asInt() != population.tenants()
                || known.path("auditRows").asLong() != population.auditRows()
                || !known.path("layout").asText().equals(layout())) {
            throw CliException.usage(home.root() + " holds another data set: " + Json.compact(known),
                    "ask for that one, or name another directory with --data");
        }
        return true;
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.findAny().isEmpty();
        }
    }

    private String layout() {
        return byTime ? "time" : "key";
    }

    /** Fills the database, which the service has migrated and nobody has used. */
    void load(Progress.Row row) throws IOException, SQLException, InterruptedException {
        long begin = System.nanoTime();
        new Loader(url(), SUPERUSER, password(), population, byTime, row::working).load();
        double seconds = (System.nanoTime() - begin) / 1e9;
        SecretFiles.write(home.root().resolve(MARK), Json.compact(Json.object().put("tenants", population.tenants())
                .put("auditRows", population.auditRows()).put("layout", layout())
                .put("loadSeconds", Numbers.rounded(seconds, 1))));
        row.done("loaded in " + Durations.shown(Duration.ofMillis((long) (seconds * 1e3))));
    }

    /** Sizes as they are now: a data set that is used again has grown by what earlier runs created. */
    ObjectNode describe() throws IOException, SQLException {
        try (Connection connection = connect(); Statement sql = connection.createStatement()) {
            ObjectNode node = Json.object();
            node.put("tenants", number(sql, "select count(*) from tenant"))
                    .put("keys", number(sql, "select count(*) from api_key"))
                    .put("auditRows", number(sql, "select count(*) from audit_row"))
                    .put("events", number(sql, "select count(*) from event"));
            node.put("databaseBytes", number(sql, "select pg_database_size(current_database())"));
            ObjectNode tables = node.putObject("tableBytes");
            try (ResultSet found = sql.executeQuery("""
                    select relname, pg_table_size(oid), pg_indexes_size(oid) from pg_class
                    where relkind = 'r' and relnamespace = 'public'::regnamespace and pg_total_relation_size(oid) > 1000000
                    order by pg_total_relation_size(oid) desc""")) {
                while (found.next()) {
                    tables.putObject(found.getString(1)).put("data", found.getLong(2)).put("indexes", found.getLong(3));
                }
            }
            JsonNode known = Json.read(Files.readString(home.root().resolve(MARK)));
            return node.put("layout", layout()).put("loadSeconds", known.path("loadSeconds").asDouble());
        }
    }

    /** Version and what was set, or matters though it was not. */
    ObjectNode server() throws SQLException {
        try (Connection connection = connect();
                Statement sql = connection.createStatement();
                ResultSet found = sql.executeQuery("""
                        select name, current_setting(name) from pg_settings
                        where name in ('server_version', 'shared_buffers', 'effective_cache_size', 'work_mem',
                                       'maintenance_work_mem', 'max_wal_size', 'fsync', 'synchronous_commit',
                                       'full_page_writes', 'wal_level', 'data_checksums', 'random_page_cost', 'jit',
                                       'max_connections', 'max_parallel_workers_per_gather', 'autovacuum')
                        order by name""")) {
            ObjectNode node = Json.object();
            while (found.next()) {
                node.put(found.getString(1), found.getString(2));
            }
            return node;
        }
    }

    private String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + Part.REGISTRY.id();
    }

    private String password() {
        return SecretFiles.read(home.secrets().resolve("db-superuser.password"));
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(url(), SUPERUSER, password());
    }

    private static long number(Statement sql, String query) throws SQLException {
        try (ResultSet row = sql.executeQuery(query)) {
            return row.next() ? row.getLong(1) : 0;
        }
    }
}
