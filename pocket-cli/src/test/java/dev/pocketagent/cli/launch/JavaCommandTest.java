package dev.pocketagent.cli.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.pocketagent.cli.home.Part;

class JavaCommandTest {

    @TempDir
    private Path directory = Path.of("unset");

    private Path application = Path.of("unset");

    @BeforeEach
    void prepare() throws IOException {
        application = directory.resolve("a \"b\" c");
        for (String jar : List.of("quarkus-run.jar", "quarkus/generated-bytecode.jar",
                "quarkus/transformed-bytecode.jar",
                "app/x.jar", "lib/boot/b.jar", "lib/main/z.jar", "lib/main/a.jar")) {
            Path file = application.resolve(jar);
            Files.createDirectories(
                    application.resolve(jar.contains("/") ? jar.substring(0, jar.lastIndexOf('/')) : "."));
            Files.writeString(file, "jar");
        }
    }

    private List<String> arguments(Part part, JavaCommand.Mode mode) throws IOException {
        return arguments(part, mode, false);
    }

    private List<String> arguments(Part part, JavaCommand.Mode mode, boolean optimised) throws IOException {
        Path file = directory.resolve("args");
        List<String> command = JavaCommand.of(part, mode, optimised, application, directory.resolve("s p.properties"),
                file);
        assertThat(command).hasSize(2).last().isEqualTo("@" + file);
        return Files.readAllLines(file).stream().map(line -> line.substring(1, line.length() - 1)).toList();
    }

    private void cache(String version, Instant at) throws IOException {
        Path cache = application.resolve("pocket.aot");
        Files.writeString(cache, "header (" + version + ") more");
        Files.setLastModifiedTime(cache, FileTime.from(at));
    }

    @Test
    void shouldStartAsPackagedWithoutACache() throws IOException {
        // When
        List<String> plain = arguments(Part.SYNC, JavaCommand.Mode.PLAIN);

        // Then
        assertThat(plain).endsWith("-jar", "quarkus-run.jar").contains("-XX:TieredStopAtLevel=1")
                .noneMatch(argument -> argument.startsWith("--add-opens"));
        assertThat(plain).anyMatch(
                argument -> argument.startsWith("-Dsmallrye.config.locations=file:/") && argument.contains("s%20p"));
    }

    @Test
    void shouldPutRewrittenClassesFirstOnTheFlatClassPathInAFixedOrder() throws IOException {
        // When
        List<String> cached = arguments(Part.SYNC, JavaCommand.Mode.CACHED);

        // Then
        assertThat(cached).contains("-XX:AOTCache=pocket.aot", "--add-opens=java.base/java.lang=ALL-UNNAMED")
                .containsSequence("-cp",
                        "quarkus/transformed-bytecode.jar:quarkus/generated-bytecode.jar:app/x.jar:lib/boot/b.jar"
                                + ":lib/main/a.jar:lib/main/z.jar",
                        "dev.pocketagent.kit.start.Main");
    }

    @Test
    void shouldLeaveTheOptimiserToTheDataPath() throws IOException {
        assertThat(arguments(Part.ROUTER, JavaCommand.Mode.CACHED)).doesNotContain("-XX:TieredStopAtLevel=1");
        assertThat(arguments(Part.REGISTRY, JavaCommand.Mode.CACHED, true)).doesNotContain("-XX:TieredStopAtLevel=1");
        assertThat(arguments(Part.REGISTRY, JavaCommand.Mode.CACHED, false)).contains("-XX:TieredStopAtLevel=1");
    }

    @Test
    void shouldTrustACacheOfThisVeryJvmAndApplicationOnly() throws IOException {
        // Given
        String ours = System.getProperty("java.vm.version");
        Instant later = Instant.now().plusSeconds(60);
        boolean missing = JavaCommand.cacheIsUsable(application);
        cache("25.0.0+1", later);
        boolean foreign = JavaCommand.cacheIsUsable(application);
        cache(ours, Instant.now().minusSeconds(60));
        boolean older = JavaCommand.cacheIsUsable(application);
        cache(ours, later);

        // When
        boolean usable = JavaCommand.cacheIsUsable(application);

        // Then
        assertThat(List.of(missing, foreign, older)).containsOnly(false);
        assertThat(usable).isTrue();
    }

    @Test
    void shouldNotTrainWhatQuarkusHasNotGenerated() {
        assertThat(JavaCommand.canBeTrained(application)).isFalse();
        assertThat(JavaCommand.canBeTrained(directory)).isFalse();
    }
}
