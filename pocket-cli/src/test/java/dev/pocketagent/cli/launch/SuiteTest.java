package dev.pocketagent.cli.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.home.Home;
import dev.pocketagent.cli.home.Part;
import dev.pocketagent.cli.output.Progress;
import dev.pocketagent.cli.output.Terminal;

/** The launcher with a real PostgreSQL and real processes; only the services behind the processes are doubles. */
@Tag("slow")
class SuiteTest {

    @TempDir
    private Path directory = Path.of("unset");

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private Path installation = Path.of("unset");
    private Home home = new Home(Path.of("unset"));
    private int offset;

    @BeforeEach
    void prepare() throws IOException {
        installation = directory.resolve("in stall");
        for (Part part : Part.SERVICES) {
            Path application = installation.resolve(part.module()).resolve("target/quarkus-app");
            Files.createDirectories(application);
            writeFakeService(application.resolve("quarkus-run.jar"));
        }
        home = new Home(directory.resolve("ho me"));
        offset = Ports.claimOffset();
    }

    @AfterEach
    void down() {
        suite(Map.of()).down(progress());
    }

    private static void writeFakeService(Path jar) throws IOException {
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, FakeService.class.getName());
        try (OutputStream file = Files.newOutputStream(jar); var out = new JarOutputStream(file, manifest)) {
            String name = FakeService.class.getName().replace('.', '/') + ".class";
            out.putNextEntry(new JarEntry(name));
            try (InputStream type = FakeService.class.getResourceAsStream("/" + name)) {
                assertThat(type).isNotNull();
                type.transferTo(out);
            }
            out.closeEntry();
        }
    }

    private Cli cli(Map<String, String> more) {
        var env = new HashMap<>(more);
        env.put("POCKET_HOME", home.root().toString());
        env.putIfAbsent("POCKET_PORT_OFFSET", Integer.toString(offset));
        env.put("OLLAMA_HOST", "127.0.0.1:1");
        return new Cli(Terminal.of(OutputStream.nullOutputStream(), err, false, false, 80), env, installation);
    }

    private Suite suite(Map<String, String> more) {
        return new Suite(cli(more));
    }

    private Progress progress() {
        return Progress.on(Terminal.of(OutputStream.nullOutputStream(), err, false, false, 80));
    }

    private List<Suite.Started> up(Map<String, String> more) {
        var options = new Suite.UpOptions(Duration.ofSeconds(60), true, List.of());
        return suite(more).up(options, new StartedHere(home, cli(more).terminal()), progress());
    }

    private Map<Part, String> states() {
        return PartStatus.all(cli(Map.of())).stream()
                .collect(Collectors.toMap(PartStatus::part, PartStatus::state));
    }

    private ProcessId processOf(Part part) {
        return RunRecord.read(home, part).orElseThrow().process();
    }

    @Test
    void shouldComeUpStayUpComeBackAndGoDown() throws Exception {
        // a first start
        List<Suite.Started> first = up(Map.of("OPENAI_API_KEY", "sk-secret"));
        assertThat(first).extracting(Suite.Started::outcome).containsOnly("started").hasSize(5);
        assertThat(states().values()).containsOnly("ready");
        assertThat(Files.readString(home.log(Part.ROUTER))).contains("API keys in my environment: 0");
        assertThat(Files.readString(home.run().resolve("router.properties"))).contains("openai")
                .doesNotContain("sk-secret");

        // a second changes nothing: the same processes, and the key is remembered
        List<Suite.Started> second = up(Map.of());
        assertThat(second).extracting(Suite.Started::outcome).containsOnly("running");
        assertThat(second).extracting(Suite.Started::pid)
                .containsExactlyElementsOf(first.stream().map(Suite.Started::pid).toList());

        // one is killed: seen, and only that one comes back
        Signals.send(processOf(Part.SYNC), "KILL");
        Signals.awaitEnd(processOf(Part.SYNC), Duration.ofSeconds(5));
        assertThat(states()).containsEntry(Part.SYNC, "dead").containsEntry(Part.ROUTER, "ready");
        List<Suite.Started> third = up(Map.of());
        assertThat(third).filteredOn(part -> part.outcome().equals("revived")).extracting(Suite.Started::part)
                .containsExactly(Part.SYNC);
        assertThat(third).filteredOn(part -> part.outcome().equals("running")).hasSize(4);

        // PostgreSQL is killed: it comes back on its data, the services stay
        Signals.send(processOf(Part.POSTGRES), "KILL");
        Signals.awaitEnd(processOf(Part.POSTGRES), Duration.ofSeconds(5));
        assertThat(states()).containsEntry(Part.POSTGRES, "dead");
        assertThat(up(Map.of())).filteredOn(part -> part.outcome().equals("revived")).extracting(Suite.Started::part)
                .containsExactly(Part.POSTGRES);

        // another key of a provider: only the router starts anew
        assertThat(up(Map.of("OPENAI_API_KEY", "sk-other"))).filteredOn(part -> !part.outcome().equals("running"))
                .singleElement().satisfies(part -> {
                    assertThat(part.part()).isEqualTo(Part.ROUTER);
                    assertThat(part.outcome()).isEqualTo("restarted");
                });

        // other ports while it runs: refused
        assertThatThrownBy(() -> up(Map.of("POCKET_PORT_OFFSET", Integer.toString(offset + 1))))
                .isInstanceOf(CliException.class).hasMessageContaining("runs already");

        // down: nothing is left
        List<ProcessId> all = List.of(Part.values()).stream().map(this::processOf).toList();
        assertThat(suite(Map.of()).down(progress())).containsExactlyInAnyOrder(Part.values());
        assertThat(all).noneMatch(ProcessId::isAlive);
        assertThat(states().values()).containsOnly("stopped");
        assertThat(suite(Map.of()).down(progress())).isEmpty();
    }

    @Test
    void shouldLetTwoCallsAtOnceMakeOneSuite() {
        // When
        var one = CompletableFuture.supplyAsync(() -> up(Map.of()), Thread::startVirtualThread);
        var other = CompletableFuture.supplyAsync(() -> up(Map.of()), Thread::startVirtualThread);

        // Then
        var all = List.of(one.join(), other.join());
        assertThat(all)
                .anySatisfy(parts -> assertThat(parts).extracting(Suite.Started::outcome).containsOnly("started"));
        assertThat(all)
                .anySatisfy(parts -> assertThat(parts).extracting(Suite.Started::outcome).containsOnly("running"));
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("works on this suite");
    }

    @Test
    void shouldShowTheLogOfWhatFailsAndLeaveNothingBehind() throws IOException {
        // Given
        Files.createFile(installation.resolve("sync-service/target/quarkus-app/ends"));

        // When
        CliException e = catchThrowableOfType(CliException.class, () -> up(Map.of()));

        // Then
        assertThat(e.message()).isEqualTo("sync-service ended while it started");
        assertThat(e.context()).contains("boom: cannot start");
        assertThat(e.cure()).contains("pocket logs sync");
        assertThat(states().values()).containsOnly("stopped");
        assertThat(List.of(Part.values())).allMatch(part -> Ports.isFree(part.port(offset)));
    }

    @Test
    void shouldSayWhatAServiceWaitsForWhenItsTimeIsUp() throws IOException {
        // Given
        Files.createFile(installation.resolve("router-service/target/quarkus-app/never-ready"));
        var options = new Suite.UpOptions(Duration.ofSeconds(6), true, List.of());

        // When
        CliException e = catchThrowableOfType(CliException.class,
                () -> suite(Map.of()).up(options, new StartedHere(home, cli(Map.of()).terminal()), progress()));

        // Then
        assertThat(e.message()).contains("router-service was not ready within 6 s", "waits for: schema");
        assertThat(states().values()).containsOnly("stopped");
    }

    @Test
    void shouldNameWhoHoldsAPortBeforeStartingAnything() throws IOException {
        // Given
        try (var socket = new ServerSocket(Part.ROUTER.port(offset))) {
            // When
            CliException e = catchThrowableOfType(CliException.class, () -> up(Map.of()));

            // Then
            assertThat(e.message()).contains("port " + socket.getLocalPort() + " is taken");
            assertThat(e.cure()).contains("POCKET_PORT_OFFSET");
            assertThat(states().values()).containsOnly("stopped");
        }
    }
}
