package dev.pocketagent.bench.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.output.Json;

/** The benchmark as it is called, on a data set so small that its figures mean nothing: that it works, and tidies up. */
@Tag("slow")
class RegistryBenchIT {

    private static final Path ROOT = Path.of(System.getProperty("pocket.root", "..")).toAbsolutePath().normalize();

    @TempDir
    Path directory;

    @Test
    void everythingIsMeasuredNothingFailsAndTheDataSetCanBeUsedAgain() throws IOException, InterruptedException {
        // Given
        Path kept = directory.resolve("data");
        run("--load-only", "--no-growth", "--tenants", "300", "--data", kept.toString());

        // When
        JsonNode document = Json.read(run("--json", "--no-growth", "--tenants", "300", "--seconds", "1", "--rate", "50",
                "--data", kept.toString()));

        // Then
        assertThat(document.at("/full/dataSet/tenants").asLong()).isEqualTo(300);
        assertThat(document.at("/full/dataSet/auditRows").asLong()).isGreaterThanOrEqualTo(3000);
        JsonNode figures = document.at("/full/figures");
        assertThat(Measurement.names(figures.path("requests"))).contains("list first page", "get by id", "get by slug",
                "verify known key", "verify unknown key");
        for (String name : Measurement.names(figures.path("requests"))) {
            JsonNode request = figures.path("requests").path(name);
            assertThat(request.path("requests").asLong()).as(name).isEqualTo(50);
            assertThat(request.path("failed").asLong()).as("%s: %s", name, request).isZero();
            assertThat(request.path("p99Millis").asDouble()).as(name).isPositive();
        }
        assertThat(figures.at("/create/perSecond").asDouble()).isPositive();
        assertThat(figures.at("/create/failed").asLong()).isZero();
        assertThat(figures.at("/auditAll/rows").asLong()).isGreaterThan(3000);
        assertThat(figures.at("/auditChain/rows").asLong()).isEqualTo(30);
        assertThat(figures.path("servicePeakMib").asLong()).isPositive();
        assertThat(document.at("/database/shared_buffers").asText()).isNotEmpty();
        assertThat(document.path("targets").size()).isGreaterThan(10);
        assertThat(kept.resolve("full/run/registry.json")).as("what runs").doesNotExist();
        assertThat(kept.resolve("full/run/postgres.json")).as("what runs").doesNotExist();
    }

    private String run(String... options) throws IOException, InterruptedException {
        var command = new ArrayList<>(
                List.of(ROOT.resolve("bench/run").toString(), "registry"));
        command.addAll(List.of(options));
        Path out = Files.createTempFile(directory, "out", ".txt");
        Path err = Files.createTempFile(directory, "err", ".txt");
        var builder = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        // The build that runs this test has just built everything; building inside of it would wait for itself.
        builder.environment().put("POCKET_NO_BUILD", "1");
        Process process = builder.start();
        boolean ended = process.waitFor(5, TimeUnit.MINUTES);
        if (!ended) {
            process.destroy();
        }
        assertThat(ended && process.exitValue() == 0).as("%s%nstdout: %s%nstderr: %s", command, Files.readString(out),
                Files.readString(err)).isTrue();
        return Files.readString(out);
    }
}
