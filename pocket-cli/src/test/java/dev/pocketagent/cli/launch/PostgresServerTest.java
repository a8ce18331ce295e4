package dev.pocketagent.cli.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.home.Home;
import dev.pocketagent.cli.home.Part;

/** With the real server: it is unpacked, initialised, killed and healed. */
@Tag("slow")
class PostgresServerTest {

    @TempDir
    private Path directory = Path.of("unset");

    private final List<ProcessId> toEnd = new ArrayList<>();
    private Home home = new Home(Path.of("unset"));
    private SuiteSecrets secrets = new SuiteSecrets(home);
    private int port;

    @BeforeEach
    void prepare() throws IOException {
        home = new Home(directory.resolve("state of mine"));
        secrets = new SuiteSecrets(home);
        secrets.ensure();
        try (var socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
    }

    @AfterEach
    void end() {
        toEnd.forEach(PostgresServer::stop);
    }

    private RunRecord start() throws IOException {
        RunRecord record = PostgresServer.of(home, port).start(secrets.superuserPassword(), _ -> {
        });
        toEnd.add(record.process());
        new Databases(port, secrets.superuserPassword(), secrets::databasePassword).ensure(Part.SERVICES);
        return record;
    }

    private Connection connect(Part service, String database) throws SQLException {
        return DriverManager.getConnection(Databases.url(port, database), service.id(),
                secrets.databasePassword(service));
    }

    private String query(Part service, String sql) throws SQLException {
        try (Connection connection = connect(service, service.id());
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return String.valueOf(rows.getString(1));
        }
    }

    private void execute(Part service, String sql) throws SQLException {
        try (Connection connection = connect(service, service.id()); var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void shouldGiveEachServiceADatabaseOfItsOwnAndNothingElse() throws Exception {
        // When
        start();

        // Then
        assertThat(query(Part.REGISTRY,
                "select rolsuper or rolcreatedb or rolcreaterole or rolbypassrls from pg_roles where rolname = 'registry'"))
                .isEqualTo("f");
        assertThat(query(Part.REGISTRY, "show data_checksums")).isEqualTo("on");
        execute(Part.REGISTRY, "create table mine (id int)");
        assertThatThrownBy(() -> connect(Part.REGISTRY, "router").close())
                .hasMessageContaining("permission denied for database");
        assertThatThrownBy(() -> connect(Part.REGISTRY, "postgres").close())
                .hasMessageContaining("permission denied for database");
        assertThatThrownBy(
                () -> DriverManager.getConnection(Databases.url(port, "registry"), "registry", "wrong").close())
                .hasMessageContaining("password authentication failed");
    }

    @Test
    void shouldKeepDataOverStopAndKillAndHealAReusedPid() throws Exception {
        // Given
        RunRecord first = start();
        execute(Part.SYNC, "create table kept (id int)");
        execute(Part.SYNC, "insert into kept values (42)");
        assertThat(PostgresServer.stop(first.process())).isEqualTo("stopped");
        RunRecord second = start();
        Signals.send(second.process(), "KILL");
        assertThat(Signals.awaitEnd(second.process(), Duration.ofSeconds(10))).isTrue();
        // The pid in the lock file is another process's now: ours.
        Path lock = home.postgres().resolve("data/postmaster.pid");
        List<String> lines = new ArrayList<>(Files.readAllLines(lock));
        lines.set(0, Long.toString(ProcessHandle.current().pid()));
        Files.write(lock, lines);

        // When
        RunRecord third = start();

        // Then
        assertThat(third.pid()).isNotEqualTo(second.pid());
        assertThat(query(Part.SYNC, "select id from kept")).isEqualTo("42");
    }

    @Test
    void shouldStartAgainRightAfterAKillAndAdoptAServerWhoseRecordIsLost() throws Exception {
        // Given
        RunRecord first = start();
        Signals.send(first.process(), "KILL");
        RunRecord second = start();
        RunRecord.delete(home, Part.POSTGRES);

        // When
        RunRecord adopted = start();

        // Then
        assertThat(adopted.process()).isEqualTo(second.process());
        assertThatThrownBy(() -> PostgresServer.of(home, port + 1).start("x", _ -> {
        })).isInstanceOf(CliException.class).hasMessageContaining("at port " + port);
    }

    @Test
    void shouldRunAsAnotherUserWhereThereAreNoUserNamespaces() throws Exception {
        // Given
        Optional<Unprivileged> other = Unprivileged.ourUid() == 0 ? Unprivileged.otherUser() : Optional.empty();
        assumeTrue(other.isPresent(), "only root can become another user");
        var server = new PostgresServer(home, port, other.orElseThrow());

        // When
        RunRecord record = server.start(secrets.superuserPassword(), _ -> {
        });

        // Then
        toEnd.add(record.process());
        new Databases(port, secrets.superuserPassword(), secrets::databasePassword).ensure(List.of(Part.ROUTER));
        assertThat(query(Part.ROUTER, "select 1")).isEqualTo("1");
        assertThat(Files.getAttribute(server.data(), "unix:uid")).isEqualTo(other.orElseThrow().owner());
        assertThat(PostgresServer.of(home, port).data()).isEqualTo(server.data());
        PostgresServer.stop(record.process());
        PostgresBinaries.deleteTree(Optional.ofNullable(server.data().getParent()).orElseThrow());
    }
}
