package dev.pocketagent.provisioner.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.startsWith;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.junit.jupiter.api.Test;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;

/** Stacks over HTTP, on a real PostgreSQL, with real bundles: planned, applied, read, changed and deleted. */
@QuarkusTest
class StackApiTest extends StackApiTestBase {

    @Test
    void templatesTellTheirParametersAndExceptions() {
        // When
        ValidatableResponse answer = with(admin).get("/api/v1/templates").then();

        // Then
        answer.statusCode(200).body("items.name", hasItems("web", "openclaw-agent"));
        with(admin).get("/api/v1/templates/openclaw-agent").then().statusCode(200)
                .body("parameters.properties.memoryMib.minimum", equalTo(1536))
                .body("exceptions.rule", hasItems("user-id", "init-off"));
        with(admin).get("/api/v1/templates/nope").then().statusCode(404).body("code", equalTo("not_found"));
    }

    @Test
    void aPlanShowsAllAndChangesNothing() {
        // When
        ValidatableResponse answer = plan(admin, "site",
                Map.of("message", "Hi ${HOME}", "secrets", Map.of("TOKEN", SECRET)));

        // Then
        answer.statusCode(200).body("backend", equalTo("bundle")).body("backendReason", equalTo("set by the operator"))
                .body("changes", hasSize(1)).body("changes[0].action", equalTo("write"))
                .body("changes[0].kind", equalTo("bundle"))
                .body("compose.services.web.cap_drop", equalTo(List.of("ALL")))
                .body("compose.services.web.environment.MESSAGE", equalTo("Hi $${HOME}"))
                .body("compose.services.web.environment.TOKEN", equalTo("${WEB_TOKEN:?set it in .env}"))
                .body("warnings", hasItem(startsWith("[image-digest]"))).body("specHash", notNullValue());
        assertThat(answer.extract().asString()).doesNotContain(SECRET);
        with(admin).get(STACKS).then().body("items", hasSize(0));
    }

    @Test
    void applyingRunsAnOperationAndASecondTimeChangesNothing() throws Exception {
        // Given
        Map<String, Object> parameters = Map.of("message", "Hello", "secrets", Map.of("TOKEN", SECRET));

        // When
        ValidatableResponse first = apply(admin, "site", parameters).statusCode(202).header("Location",
                startsWith("/api/v1/operations/"));
        UUID stack = UUID.fromString(first.extract().path("stackId"));
        Map<String, Object> done = finished(admin, first);
        Map<String, Object> again = finished(admin, apply(admin, "site", parameters).statusCode(202));

        // Then
        assertThat(done).containsEntry("state", "succeeded").containsEntry("mutatingCalls", 1);
        assertThat(again).containsEntry("state", "succeeded").containsEntry("mutatingCalls", 0);
        String view = with(admin).get(STACKS + "/" + stack).then().statusCode(200).header("ETag", equalTo("\"1\""))
                .body("state", equalTo("bundled")).body("revision", equalTo(1))
                .body("secrets", equalTo(List.of("secrets.TOKEN")))
                .body("services[0].name", equalTo("web")).body("services[0].upToDate", equalTo(true))
                .body("bundlePath", containsString(
                        "site"))
                .extract().asString();
        Path compose = bundleOf(stack).resolve("compose.yaml");
        assertThat(Files.readString(compose)).contains("\"Hello\"").doesNotContain(SECRET);
        assertThat(view + done).doesNotContain(SECRET);
    }

    @Test
    void anUpdateKeepsSecretsThatAreNotGivenAgain() {
        // Given
        ValidatableResponse first = apply(admin, "site", Map.of("secrets", Map.of("TOKEN", SECRET))).statusCode(202);
        finished(admin, first);
        String stack = first.extract().path("stackId");

        // When
        ValidatableResponse second = apply(admin, "site", Map.of("memoryMib", 128)).statusCode(202)
                .body("stackId", equalTo(stack))
                .body("revision", equalTo(2));

        // Then
        assertThat(finished(admin, second)).containsEntry("mutatingCalls", 1);
        with(admin).get(STACKS + "/" + stack).then().body("secrets", equalTo(List.of("secrets.TOKEN")))
                .body("memoryMib", equalTo(128))
                .header("ETag", equalTo("\"2\""));
    }

    @Test
    void aSecretsNewValueIsANewSpecificationAndTheSameValueIsNot() {
        // Given
        ValidatableResponse first = apply(admin, "site", Map.of("secrets", Map.of("TOKEN", SECRET)));
        finished(admin, first);

        // When
        ValidatableResponse same = apply(admin, "site", Map.of("secrets", Map.of("TOKEN", SECRET)));
        ValidatableResponse other = apply(admin, "site", Map.of("secrets", Map.of("TOKEN", "another")));

        // Then
        same.body("revision", equalTo(1));
        other.body("revision", equalTo(2)).body("specHash", not(equalTo(first.extract().path("specHash"))));
        finished(admin, other);
    }

    @Test
    void deletingNeedsTheVersionAndLeavesNothing() {
        // Given
        ValidatableResponse made = apply(admin, "site", Map.of());
        finished(admin, made);
        String path = STACKS + "/" + made.extract().path("stackId");
        Path bundle = bundleOf(UUID.fromString(made.extract().path("stackId")));
        with(admin).delete(path).then().statusCode(428);
        with(admin).header("If-Match", "\"7\"").delete(path).then().statusCode(412);

        // When
        Map<String, Object> done = finished(admin,
                with(admin).header("If-Match", "\"1\"").delete(path).then().statusCode(202));

        // Then
        assertThat(done).containsEntry("state", "succeeded").containsEntry("kind", "delete");
        with(admin).get(path).then().statusCode(404);
        assertThat(bundle).doesNotExist();
        // The name is free again.
        finished(admin, apply(admin, "site", Map.of()).statusCode(202));
    }

    @Test
    void stepsAreStreamedAndEndWithTheOperation() {
        // Given
        String location = apply(admin, "site", Map.of()).statusCode(202).extract().header("Location");

        // When
        String stream = with(admin).accept("text/event-stream").get(location + "/events").then().statusCode(200)
                .extract().asString();

        // Then
        assertThat(stream).contains("event:step").contains("write bundle site").contains("event:end")
                .contains("\"state\":\"succeeded\"");
        assertThat(stream.indexOf("event:end")).isGreaterThan(stream.lastIndexOf("event:step"));
    }

    @Test
    void aRepeatedRequestWithItsKeyIsTheSameAnswer() {
        // Given
        String key = UUID.randomUUID().toString();
        Map<String, Object> body = Map.of("name", "site", "template", "web");

        // When
        String first = with(admin).header("Idempotency-Key", key).body(body).post(STACKS).then().statusCode(202)
                .extract().path("id");
        ValidatableResponse again = with(admin).header("Idempotency-Key", key).body(body).post(STACKS).then();

        // Then
        again.statusCode(202).header("Idempotency-Replayed", "true").body("id", equalTo(first));
        with(admin).header("Idempotency-Key", key).body(Map.of("name", "other", "template", "web")).post(STACKS).then()
                .statusCode(422);
    }

    @Test
    void listsGoPageByPage() {
        // Given
        for (int i = 0; i < 5; i++) {
            apply(admin, "s" + i, Map.of()).statusCode(202);
        }

        // When
        ValidatableResponse first = with(admin).get(STACKS + "?limit=3").then().body("items", hasSize(3));
        ValidatableResponse second = with(admin).get(STACKS + "?limit=3&cursor=" + first.extract().path("nextCursor"))
                .then();

        // Then
        second.body("items", hasSize(2)).body("nextCursor", equalTo(null));
        with(admin).get(STACKS + "?cursor=x").then().statusCode(400);
    }

    private static ValidatableResponse plan(String key, String name, Map<String, Object> parameters) {
        return with(key).body(Map.of("name", name, "template", "web", "parameters", parameters)).post(STACKS + "/plan")
                .then();
    }
}
