package dev.pocketagent.cli.context;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;

import org.junit.jupiter.api.Test;

import dev.pocketagent.cli.CommandTestBase;
import dev.pocketagent.cli.FakeServices.Answer;
import dev.pocketagent.cli.output.Json;

class ContextAddTest extends CommandTestBase {

    private static final String SOURCE = "01990000-0000-7000-8000-000000000002";
    private static final String OPERATION = "01990000-0000-7000-8000-000000000003";
    private static final String PATH = "/api/v1/sources/" + SOURCE;

    private final String[] add = {"context", "add", "brain", "-t", ID, "--git", "https://git.example.com/brain.git"};

    /** The service takes the source, and its first synchronisation ends so. */
    private void endsWith(String state, String error, String sourceState) {
        fake.on("POST /api/v1/sources", Answer.json(201, "{\"id\":\"" + SOURCE
                + "\",\"name\":\"brain\",\"webhookUrl\":\"http://h\",\"webhookSecret\":\"s3cret\",\"state\":\"new\"}"));
        fake.on("POST " + PATH + "/sync", Answer.json(202, "{\"id\":\"" + OPERATION + "\"}"));
        fake.on("GET /api/v1/operations/" + OPERATION, Answer.json(200, "{\"state\":\"" + state
                + "\",\"steps\":[{\"name\":\"fetch\",\"state\":\"" + state + "\",\"message\":\"\"}]" + error + "}"));
        fake.on("GET " + PATH, Answer.json(200, "{\"id\":\"" + SOURCE
                + "\",\"name\":\"brain\",\"webhookUrl\":\"http://h\",\"state\":\"" + sourceState + "\"}"));
    }

    private static String[] with(String[] line, String... more) {
        String[] all = Arrays.copyOf(line, line.length + more.length);
        System.arraycopy(more, 0, all, line.length, more.length);
        return all;
    }

    @Test
    void shouldWaitForTheFirstSynchronisationAndShowWhatCameOfIt() {
        // Given
        endsWith("succeeded", "", "ready");

        // When
        int exit = run(add);

        // Then
        assertThat(exit).isZero();
        assertThat(out()).isEqualTo("""
                webhookUrl     http://h
                webhookSecret  s3cret
                id          %s
                name        brain
                webhookUrl  http://h
                state       ready
                """.formatted(SOURCE));
        assertThat(err()).isEqualTo(
                "The webhook secret is not shown again: give it to the forge now.\nfetch: succeeded\n");
    }

    @Test
    void shouldGiveProgramsOneDocumentWithTheStateAndTheSecret() {
        // Given
        endsWith("succeeded", "", "ready");

        // When
        int exit = run(with(add, "-o", "json"));

        // Then
        assertThat(exit).isZero();
        assertThat(Json.read(out())).isEqualTo(Json.read("{\"id\":\"" + SOURCE
                + "\",\"name\":\"brain\",\"webhookUrl\":\"http://h\",\"state\":\"ready\",\"webhookSecret\":\"s3cret\"}"));
    }

    @Test
    void shouldSayThatTheSourceIsThereWhenItsFirstSynchronisationFails() {
        // Given
        endsWith("failed", ",\"error\":{\"code\":\"not-found\",\"detail\":\"there is no such repository\"}", "failing");

        // When
        int exit = run(add);

        // Then
        assertThat(exit).isEqualTo(1);
        assertThat(out()).contains("webhookSecret  s3cret").endsWith("state       failing\n");
        assertThat(err()).contains("fetch: FAILED")
                .contains("error: the first synchronisation of brain failed: there is no such repository\n")
                .contains("pocket context sync brain -t " + ID, "pocket context remove brain -t " + ID);
    }

    @Test
    void shouldShowTheSourceAlsoWhenTheServiceIsAwayMeanwhile() {
        // Given
        endsWith("succeeded", "", "ready");
        fake.on("POST " + PATH + "/sync", Answer.problem(503, "dependency_unavailable", ""));
        fake.on("GET " + PATH, Answer.problem(503, "dependency_unavailable", ""));

        // When
        int exit = run(with(add, "-o", "json"));

        // Then
        assertThat(exit).isEqualTo(3);
        assertThat(Json.read(out()).at("/webhookSecret").asText()).isEqualTo("s3cret");
    }

    @Test
    void shouldNotWaitWhenAskedNotTo() {
        // Given
        endsWith("succeeded", "", "ready");

        // When
        int exit = run(with(add, "--no-wait"));

        // Then
        assertThat(exit).isZero();
        assertThat(out()).contains("webhookSecret  s3cret", "new");
        assertThat(requests()).containsExactly("POST /api/v1/sources");
    }
}
