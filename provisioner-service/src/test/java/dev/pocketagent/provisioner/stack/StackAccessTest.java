package dev.pocketagent.provisioner.stack;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;

import java.util.Map;
import java.util.UUID;

import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;

/** Who may see and change which stacks. */
@QuarkusTest
class StackAccessTest extends StackApiTestBase {

    @Test
    void foreignThingsDoNotExist() {
        // Given
        ValidatableResponse made = apply(admin, "site", Map.of());
        finished(admin, made);
        String stack = made.extract().path("stackId");
        String operation = made.extract().path("id");
        String stranger = registry.issue(Roles.TENANT_ADMIN, registry.newTenant());

        // When / Then
        with(stranger).get(STACKS + "/" + stack).then().statusCode(404);
        with(stranger).header("If-Match", "\"1\"").delete(STACKS + "/" + stack).then().statusCode(404);
        with(stranger).get(STACKS + "/" + stack + "/logs").then().statusCode(404);
        with(stranger).get("/api/v1/operations/" + operation).then().statusCode(404);
        with(stranger).get("/api/v1/operations/" + operation + "/events").then().statusCode(404);
        with(stranger).post("/api/v1/operations/" + operation + "/cancel").then().statusCode(404);
        with(stranger).get(STACKS + "?tenant=" + tenant).then().statusCode(404);
        with(stranger).get(STACKS).then().body("items", hasSize(0));
        with(stranger).body(Map.of("tenantId", tenant, "name", "x", "template", "web")).post(STACKS).then()
                .statusCode(404);
    }

    @Test
    void rolesAreKept() {
        // Given
        String agent = registry.issue(Roles.AGENT, tenant);
        String auditor = registry.issue(Roles.AUDITOR, null);

        // When / Then
        with(agent).get(STACKS).then().statusCode(403);
        with(auditor).get(STACKS).then().statusCode(200);
        with(auditor).body(Map.of("tenantId", tenant, "name", "x", "template", "web")).post(STACKS).then()
                .statusCode(403);
        given().get(STACKS).then().statusCode(401);
        with(admin).get("/api/v1/backends").then().statusCode(403);
        with(operator).get("/api/v1/backends").then().statusCode(200).body("items.find { it.name == 'bundle' }.chosen",
                equalTo(true));
    }

    @Test
    void anOperatorNamesTheTenant() {
        // When
        ValidatableResponse answer = with(operator).body(Map.of("tenantId", tenant, "name", "site", "template", "web"))
                .post(STACKS).then();

        // Then
        answer.statusCode(202).body("tenantId", equalTo(tenant.toString()));
        finished(operator, answer);
        with(operator).body(Map.of("name", "site", "template", "web")).post(STACKS).then().statusCode(400)
                .body("errors[0].pointer", equalTo("/tenantId"));
        with(operator).body(Map.of("tenantId", UUID.randomUUID(), "name", "site", "template", "web")).post(STACKS)
                .then().statusCode(404);
        with(operator).get(STACKS + "?tenant=" + tenant).then().body("items", hasSize(1));
    }
}
