package dev.pocketagent.cli.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import dev.pocketagent.cli.CommandTestBase;
import dev.pocketagent.cli.FakeServices.Answer;
import dev.pocketagent.cli.output.Json;

class ModelCommandsTest extends CommandTestBase {

    private static final String OVERVIEW = """
            {"items":[
            {"id":"gpt-x","provider":"openai","inputMicrosPerMillion":150000,"outputMicrosPerMillion":600000,"contextWindow":128000,"healthy":false,"allowed":true},
            {"id":"big","provider":"openai","inputMicrosPerMillion":5000000,"outputMicrosPerMillion":15000000,"contextWindow":null,"healthy":true,"allowed":false},
            {"id":"pocket/sandbox","provider":"sandbox","inputMicrosPerMillion":0,"outputMicrosPerMillion":0,"contextWindow":null,"healthy":true,"allowed":true}],
            "auto":{"picks":%s,"order":[{"model":"gpt-x","objection":"its provider fails"},{"model":"pocket/sandbox","objection":null}]},
            "providers":[]}""";

    private void models(String picks) {
        fake.on("GET /api/v1/models", Answer.json(200, OVERVIEW.formatted(picks)));
    }

    @Test
    void shouldListModelsAndWhatTheAliasStandsFor() {
        // Given
        models("\"pocket/sandbox\"");

        // When
        int exit = run("model", "list");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo("""
                MODEL           PROVIDER      IN/1M      OUT/1M  CONTEXT  STATE
                pocket/auto     pocket            -           -        -  picks pocket/sandbox
                gpt-x           openai    $0.150000   $0.600000   128000  failing
                big             openai    $5.000000  $15.000000        -  not in the plan
                pocket/sandbox  sandbox   $0.000000   $0.000000        -  ok
                """);
    }

    @Test
    void shouldSayWhenTheAliasStandsForNothing() {
        // Given
        models("null");

        // When
        run("model", "list");

        // Then
        assertThat(out()).contains("pocket/auto     pocket            -           -        -  nothing to pick");
    }

    @Test
    void shouldGiveProgramsTheWholeOverview() {
        // Given
        models("null");

        // When
        run("model", "list", "-o", "json");

        // Then
        assertThat(Json.read(out())).isEqualTo(Json.read(OVERVIEW.formatted("null")));
    }
}
