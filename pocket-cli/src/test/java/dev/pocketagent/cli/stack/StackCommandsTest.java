package dev.pocketagent.cli.stack;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import dev.pocketagent.cli.CommandTestBase;
import dev.pocketagent.cli.FakeServices.Answer;
import dev.pocketagent.cli.output.Json;

/** {@code pocket stack}: what is sent, and how a deployment is followed. */
class StackCommandsTest extends CommandTestBase {

    private static final String STACK = "01990000-0000-7000-8000-000000000002";
    private static final String OPERATION = "01990000-0000-7000-8000-000000000003";

    @Test
    void shouldShowADryRunAndDeployNothing() {
        // Given
        fake.on("POST /api/v1/stacks/plan", Answer.json(200, """
                {"backend":"bundle","changes":[{"action":"create","kind":"container","name":"web","detail":"64 MiB"}],
                "warnings":["small"]}"""));

        // When
        int exit = run("stack", "deploy", "hello", "-t", ID, "--template", "web", "-p", "memoryMib=64", "-p",
                "message=\"42\"",
                "--dry-run");

        // Then
        assertThat(exit).isZero();
        assertThat(out()).contains("Backend: bundle").contains("create  container  web   64 MiB");
        assertThat(requests()).containsExactly("POST /api/v1/stacks/plan");
        assertThat(Json.read(fake.asked().getFirst().body())).isEqualTo(Json.read("""
                {"tenantId":"%s","name":"hello","template":"web","parameters":{"memoryMib":64,"message":"42"}}"""
                .formatted(ID)));
    }

    private void deployEndsWith(String state, String error) {
        fake.on("POST /api/v1/stacks", Answer.json(202, "{\"id\":\"" + OPERATION + "\"}"));
        var polls = new int[1];
        fake.on("GET /api/v1/operations/" + OPERATION, _ -> Answer.json(200, polls[0]++ == 0
                ? """
                {"state":"running","steps":[{"name":"render","state":"succeeded","message":""},
                {"name":"start","state":"running","message":"web"},{"name":"check","state":"pending"}]}"""
                : """
                {"id":"%s","state":"%s","stackId":"%s","steps":[{"name":"start","state":"%s","message":"done"}]%s}"""
                        .formatted(OPERATION, state, STACK, state, error)));
    }

    @Test
    void shouldFollowADeploymentStepByStep() {
        // Given
        deployEndsWith("succeeded", "");
        fake.on("GET /api/v1/stacks/" + STACK, Answer.json(200, "{\"name\":\"hello\",\"state\":\"running\"}"));

        // When
        int exit = run("stack", "deploy", "hello", "-t", ID, "--template", "web");

        // Then
        assertThat(exit).isZero();
        assertThat(err()).isEqualTo("render: succeeded\nstart: web ...\nstart: done\n");
        assertThat(out()).isEqualTo("name   hello\nstate  running\n");
    }

    @Test
    void shouldExitOneWhenADeploymentFails() {
        // Given
        deployEndsWith("failed", ",\"error\":{\"code\":\"image_missing\",\"message\":\"no such image\"}");

        // When
        int exit = run("stack", "deploy", "hello", "-t", ID, "--template", "web");

        // Then
        assertThat(exit).isEqualTo(1);
        assertThat(err()).contains("error: the deployment failed: no such image")
                .contains("pocket operation show " + OPERATION);
    }

    @Test
    void shouldDeleteOnlyWithTheNameAndTheETag() {
        // Given
        fake.on("GET /api/v1/stacks?limit=200",
                Answer.json(200, "{\"items\":[{\"id\":\"" + STACK + "\",\"name\":\"hello\"}]}"));
        fake.on("GET /api/v1/stacks/" + STACK, Answer.json(200, "{}").with("ETag", "\"7\""));
        fake.on("DELETE /api/v1/stacks/" + STACK, Answer.json(202, "{\"id\":\"" + OPERATION + "\"}"));
        fake.on("GET /api/v1/operations/" + OPERATION, Answer.json(200, "{\"state\":\"succeeded\"}"));
        int unconfirmed = run("stack", "delete", "hello");

        // When
        int exit = run("stack", "delete", "hello", "--yes", "hello");

        // Then
        assertThat(unconfirmed).isEqualTo(2);
        assertThat(exit).isZero();
        assertThat(fake.asked()).filteredOn(asked -> asked.method().equals("DELETE")).singleElement()
                .satisfies(asked -> assertThat(asked.headers()).containsEntry("if-match", "\"7\""));
    }

    @Test
    void shouldExitFiveForWhatIsNotThere() {
        // Given
        fake.on("GET /api/v1/stacks?limit=200", Answer.json(200, "{\"items\":[]}"));

        // When
        int exit = run("stack", "show", "hello");

        // Then
        assertThat(exit).isEqualTo(5);
        assertThat(err()).contains("there is no stack \"hello\"");
    }
}
