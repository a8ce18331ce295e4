package dev.pocketagent.provisioner.stack;

import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.startsWith;

import java.util.Map;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;

/** Wishes that cannot be granted are answered with what is wrong and where. */
@QuarkusTest
class StackRefusalTest extends StackApiTestBase {

    @Test
    void wrongParametersAreNamedAtTheirPlace() {
        // When
        ValidatableResponse answer = apply(admin, "site", Map.of("port", 80, "memoryMib", "much"));

        // Then
        answer.statusCode(400).body("code", equalTo("invalid_input")).body("errors.pointer",
                hasItems("/parameters/port",
                        "/parameters/memoryMib"));
        apply(admin, "site", Map.of("colour", "red")).statusCode(400).body("errors[0].pointer",
                equalTo("/parameters/colour"));
        apply(admin, "Not A Name", Map.of()).statusCode(400).body("errors[0].pointer", equalTo("/name"));
        with(admin).body(Map.of("name", "x", "template", "nope")).post(STACKS).then().statusCode(400)
                .body("errors[0].pointer", equalTo(
                        "/template"));
        with(admin).body(Map.of("name", "x", "template", "web", "backend", "moon")).post(STACKS).then().statusCode(400)
                .body("errors[0].pointer", equalTo("/backend"));
        with(admin).body(Map.of("name", "x", "template", "web", "surprise", 1)).post(STACKS).then().statusCode(400)
                .body("errors[0].pointer", equalTo("/surprise"));
        with(admin).get(STACKS + "?state=x").then().statusCode(400).body("code", equalTo("unknown_parameter"));
        with(admin).get(STACKS).then().body("items", hasSize(0));
    }

    @Test
    void thePolicyRefusesWithItsRule() {
        // When
        ValidatableResponse answer = apply(admin, "site", Map.of("image", "evil.example/miner:1"));

        // Then
        answer.statusCode(422).body("code", equalTo("policy_refused"))
                .body("errors[0].pointer", equalTo("/services/web/image"))
                .body("errors[0].detail", startsWith("[image-registry]"));
    }

    @Test
    @Tag("slow")
    void theRegistryMayBeAway() {
        // Given
        registry.away(true);
        try {
            // When
            ValidatableResponse answer = with(operator).body(Map.of("tenantId", tenant, "name", "x", "template", "web"))
                    .post(STACKS).then();

            // Then
            answer.statusCode(503).body("code", equalTo("dependency_unavailable"));
        } finally {
            registry.away(false);
        }
    }
}
