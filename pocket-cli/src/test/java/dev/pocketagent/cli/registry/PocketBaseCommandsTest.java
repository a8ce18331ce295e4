package dev.pocketagent.cli.registry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import dev.pocketagent.cli.CommandTestBase;
import dev.pocketagent.cli.FakeServices.Answer;
import dev.pocketagent.cli.output.Json;

class PocketBaseCommandsTest extends CommandTestBase {

    private static final String REPORT = """
            {"outcome":"%s","counts":{"created":1},"lines":[{"kind":"create","done":true,"recordId":"gjv2tf537mo6dgn",
            "slug":"acme","field":"plan","to":"team"}],"truncated":false}""";

    @Test
    void shouldShowTheBridge() {
        // Given
        fake.on("GET /api/v1/pocketbase", Answer.json(200, "{\"configured\":false,\"lastRun\":null}"));

        // When
        int exit = run("pocketbase", "status");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo("configured  false\nlastRun     -\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"pocketbase sync|false|synced",
            "pocketbase sync --dry-run|true|compared, nothing changed"})
    void shouldSync(String line, boolean dryRun, String said) {
        // Given
        fake.on("POST /api/v1/pocketbase/sync", Answer.json(200, REPORT.formatted("completed")));

        // When
        int exit = run(line.split(" "));

        // Then
        assertThat(exit).isZero();
        assertThat(sent()).isEqualTo(Json.object().put("dryRun", dryRun));
        assertThat(out()).isEqualTo("""
                outcome         completed
                counts.created  1

                KIND    DONE  RECORD           TENANT  FIELD  FROM  TO    REASON
                create  yes   gjv2tf537mo6dgn  acme    plan   -     team  -
                """);
        assertThat(err()).contains("pocketbase: " + said);
    }

    @ParameterizedTest
    @ValueSource(strings = {"partial", "failed"})
    void shouldExitOneWhenNotAllOfItWorked(String outcome) {
        // Given
        fake.on("POST /api/v1/pocketbase/sync", Answer.json(200, REPORT.formatted(outcome)));

        // When
        int exit = run("pocketbase", "sync", "-o", "json");

        // Then
        assertThat(exit).isEqualTo(1);
        assertThat(Json.read(out())).isEqualTo(Json.read(REPORT.formatted(outcome)));
        assertThat(err()).contains("pocketbase: FAILED: " + outcome);
    }

    @Test
    void shouldSayThatThereIsNoReport() {
        // Given
        fake.on("GET /api/v1/pocketbase/report", Answer.problem(404, "not_found", ""));

        // When
        int exit = run("pocketbase", "report");

        // Then
        assertThat(exit).isEqualTo(5);
    }
}
