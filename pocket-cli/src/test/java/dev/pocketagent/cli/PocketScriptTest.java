package dev.pocketagent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher script in a checkout of its own, with a Maven that only notes what it was asked for. */
@Tag("slow")
class PocketScriptTest {

    private static final List<String> MODULES = List.of("pocket-cli", "registry-service", "provisioner-service",
            "router-service",
            "sync-service");

    @TempDir
    private Path directory = Path.of("unset");

    private Path checkout = Path.of("unset");

    private record Ran(int exit, String out, String err) {}

    @BeforeEach
    void prepare() throws IOException {
        checkout = Files.createDirectories(directory.resolve("my check out"));
        Path script = Path.of(System.getProperty("pocket.source.root", "..")).resolve("pocket");
        executable(checkout.resolve("pocket"), Files.readString(script));
        Files.writeString(checkout.resolve("pom.xml"), "<project/>");
        for (String module : List.of("service-kit", "pocket-cli", "registry-service", "provisioner-service",
                "router-service",
                "sync-service")) {
            Path source = Files.createDirectories(checkout.resolve(module).resolve("src/main/java"));
            Files.writeString(source.resolve("A.java"), "class A {}");
            Files.writeString(checkout.resolve(module).resolve("pom.xml"), "<project/>");
        }
        writeEchoJar(checkout.resolve("echo.jar"));
        executable(checkout.resolve("mvnw"), """
                #!/bin/sh
                echo "$@" >>maven-calls
                [ ! -f broken ] || { echo '[ERROR] cannot find symbol'; exit 1; }
                i=0
                for module in $(echo "$*" | sed -n 's/.*-pl \\([^ ]*\\).*/\\1/p' | tr , ' '); do
                    i=$((i + 1))
                    echo "[INFO] Building PocketAgent Cloud: $module 0.1.0-SNAPSHOT                  [$i/9]"
                    mkdir -p "$module/target/quarkus-app"
                    cp echo.jar "$module/target/$module.jar"
                    cp echo.jar "$module/target/quarkus-app/quarkus-run.jar"
                done
                """);
    }

    private static void executable(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void writeEchoJar(Path jar) throws IOException {
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, EchoMain.class.getName());
        try (OutputStream file = Files.newOutputStream(jar); var out = new JarOutputStream(file, manifest)) {
            String name = EchoMain.class.getName().replace('.', '/') + ".class";
            out.putNextEntry(new JarEntry(name));
            try (InputStream type = EchoMain.class.getResourceAsStream("/" + name)) {
                assertThat(type).isNotNull();
                type.transferTo(out);
            }
            out.closeEntry();
        }
    }

    private Ran run(Map<String, String> env, String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("sh", checkout.resolve("pocket").toString()));
        command.addAll(List.of(arguments));
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        var builder = new ProcessBuilder(command).directory(directory.toFile()).redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(env);
        Process process = builder.start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Ran(process.exitValue(), Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }

    private List<String> builtModules() throws IOException {
        Path calls = checkout.resolve("maven-calls");
        return !Files.exists(calls)
                ? List.of()
                : Files.readAllLines(calls).stream().map(line -> line.replaceAll(".*-pl (\\S+).*", "$1")).toList();
    }

    private void touchLater(Path file) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(5)));
    }

    @Test
    void shouldBuildWhatACommandNeedsAndTellHowFarItIs() throws Exception {
        // When
        Ran first = run(Map.of(), "tenant", "list", "a  b");

        // Then
        assertThat(first.exit()).isZero();
        assertThat(first.out()).startsWith("args [tenant, list, a  b]\nroot " + checkout.toRealPath() + "\ntty []\n");
        assertThat(first.err()).contains("building pocket-cli (1/9) ...").contains("built in");
        assertThat(builtModules()).containsExactly("pocket-cli");
    }

    @Test
    void shouldBuildOnlyWhatIsStale() throws Exception {
        // Given
        run(Map.of(), "up");
        run(Map.of(), "up");
        assertThat(builtModules()).containsExactly(String.join(",", MODULES));
        touchLater(checkout.resolve("router-service/src/main/java/A.java"));

        // When
        Ran third = run(Map.of(), "up");

        // Then
        assertThat(builtModules().getLast()).isEqualTo("router-service");
        assertThat(third.err()).contains("building router-service");
    }

    @Test
    void shouldBuildEverythingAgainWhenTheKitChangesOrASourceIsRemoved() throws Exception {
        // Given
        run(Map.of(), "build");
        touchLater(checkout.resolve("service-kit/src/main/java/A.java"));

        // When
        run(Map.of(), "build");

        // Then
        assertThat(builtModules()).hasSize(2).last().isEqualTo(String.join(",", MODULES));
        Files.setLastModifiedTime(checkout.resolve("service-kit/src/main/java/A.java"),
                FileTime.from(Instant.now().minusSeconds(60)));
        run(Map.of(), "build");
        Files.delete(checkout.resolve("sync-service/src/main/java/A.java"));
        touchLater(checkout.resolve("sync-service/src/main/java"));
        run(Map.of(), "build");
        assertThat(builtModules().getLast()).isEqualTo("sync-service");
    }

    @Test
    void shouldShowTheEndOfTheLogWhenABuildFailsAndTryAgainLater() throws Exception {
        // Given
        Files.createFile(checkout.resolve("broken"));
        Ran failed = run(Map.of(), "status");
        Files.delete(checkout.resolve("broken"));

        // When
        Ran repaired = run(Map.of(), "status");

        // Then
        assertThat(failed.exit()).isEqualTo(1);
        assertThat(failed.err()).contains("error: the build failed (exit 1)").contains("cannot find symbol")
                .contains("next:");
        assertThat(repaired.exit()).isZero();
    }

    @Test
    void shouldPassOnArgumentsOfTest() throws Exception {
        // When
        Ran ran = run(Map.of(), "test", "-Dquick", "-Dtest=a b");

        // Then
        assertThat(ran.exit()).isZero();
        assertThat(Files.readAllLines(checkout.resolve("maven-calls"))).containsExactly("verify -Dquick -Dtest=a b");
        assertThat(run(Map.of(), "status").err()).contains("building pocket-cli");
    }

    @Test
    void shouldNotBuildAgainWhatATestRunHasJustBuilt() throws Exception {
        // Given
        Files.writeString(checkout.resolve("mvnw"),
                Files.readString(checkout.resolve("mvnw")).replace(
                        "$(echo \"$*\" | sed -n 's/.*-pl \\([^ ]*\\).*/\\1/p' | tr , ' ')",
                        String.join(" ", MODULES)));
        run(Map.of(), "test");

        // When
        Ran up = run(Map.of(), "up");

        // Then
        assertThat(up.exit()).isZero();
        assertThat(up.err()).doesNotContain("building");
        assertThat(Files.readAllLines(checkout.resolve("maven-calls"))).containsExactly("verify");
        Files.writeString(checkout.resolve("mvnw"), "#!/bin/sh\n");
        touchLater(checkout.resolve("pom.xml"));
        run(Map.of(), "test", "-Dquick");
        assertThat(run(Map.of(), "up").err()).as("nothing was packaged, so it is stale still").contains("built in");
    }

    @Test
    void shouldPassOverJdksThatAreTooOldAndWorkThroughALinkWithoutAHome() throws Exception {
        // Given
        Path old = Files.createDirectories(directory.resolve("old jdk/bin"));
        executable(old.resolve("java"), "#!/bin/sh\necho 'openjdk version \"17.0.9\" 2023-10-17' >&2\n");
        executable(old.resolve("javac"), "#!/bin/sh\n");
        Path jdks = Files.createDirectories(directory.resolve("home/.jdks"));
        Files.createSymbolicLink(jdks.resolve("jdk-25"), Path.of(System.getProperty("java.home")));

        // When
        Ran found = run(Map.of("JAVA_HOME", directory.resolve("old jdk").toString(), "HOME",
                directory.resolve("home").toString(),
                "PATH", old + ":/usr/bin:/bin"), "status");
        Ran homeless = run(Map.of("HOME", ""), "status");

        // Then
        assertThat(found.exit()).isZero();
        assertThat(found.out()).contains("java 25");
        assertThat(homeless.exit()).isZero();
        assertThat(homeless.out()).contains("home /");
    }

    @Test
    void shouldHealTheLockOfABuildThatWasKilled() throws Exception {
        // Given
        Process gone = new ProcessBuilder("true").start();
        gone.waitFor();
        Path lock = Files.createDirectories(checkout.resolve(".pocket/build.lock"));
        Files.writeString(lock.resolve("pid"), Long.toString(gone.pid()));

        // When
        Ran ran = run(Map.of(), "status");

        // Then
        assertThat(ran.exit()).isZero();
        assertThat(lock).doesNotExist();
    }

    @Test
    void shouldHaveNoSyntaxThatOnlyOneShellKnows() throws Exception {
        // Given
        var shells = new HashMap<String, Integer>();

        // When
        for (String shell : List.of("dash", "bash", "busybox")) {
            if (Files.isExecutable(Path.of("/usr/bin", shell)) || Files.isExecutable(Path.of("/bin", shell))) {
                var command = new ArrayList<>(List.of(shell));
                if (shell.equals("busybox")) {
                    command.add("sh");
                }
                command.addAll(List.of("-n", checkout.resolve("pocket").toString()));
                shells.put(shell, new ProcessBuilder(command).inheritIO().start().waitFor());
            }
        }

        // Then
        assertThat(shells).isNotEmpty().allSatisfy((_, exit) -> assertThat(exit).isZero());
    }
}
