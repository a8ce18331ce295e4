package dev.pocketagent.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;

import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.JsonNode;

import dev.pocketagent.cli.CommandTestBase;
import dev.pocketagent.cli.FakeServices.Answer;
import dev.pocketagent.cli.Pocket;
import dev.pocketagent.cli.output.Json;

class DoctorCommandTest extends CommandTestBase {

    @Test
    void shouldExamineTheMachine() {
        // When
        int exit = run("doctor", "-o", "json");

        // Then
        JsonNode document = Json.read(out());
        assertThat(document.at("/checks")).hasSizeGreaterThanOrEqualTo(9)
                .allSatisfy(check -> assertThat(Json.text(check, "/level")).isIn("ok", "warn", "fail"))
                .filteredOn(check -> !Json.text(check, "/level").equals("ok"))
                .allSatisfy(check -> assertThat(Json.text(check, "/cure")).isNotEmpty());
        assertThat(exit).isEqualTo(document.at("/ok").asBoolean() ? 0 : 1);
    }

    @Test
    void shouldExamineWhetherTheKeyInUseIsAccepted() {
        // Given
        fake.on("GET /api/v1/keys?limit=1", Answer.problem(401, "unauthenticated", ""));

        // When
        int exit = run("doctor", "-o", "json");

        // Then
        assertThat(exit).isEqualTo(1);
        assertThat(Json.read(out()).at("/checks")).filteredOn(check -> Json.text(check, "/name").equals("key"))
                .singleElement().satisfies(check -> assertThat(Json.text(check, "/level")).isEqualTo("fail"))
                .satisfies(check -> assertThat(Json.text(check, "/cure")).contains("POCKET_KEY_FILE"));
    }

    @Test
    void shouldExamineWhetherTheKeyCanBeRead() {
        // When
        int exit = Pocket.run(cli(Map.of("POCKET_KEY", "", "POCKET_KEY_FILE", "/no/such/key")), "doctor");

        // Then
        assertThat(exit).isEqualTo(1);
        assertThat(out()).contains("the key file /no/such/key cannot be read");
    }
}
