package dev.pocketagent.provisioner.stack;

import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import java.time.Duration;
import java.util.Map;

import org.junit.jupiter.api.Test;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;

/** Stacks follow the state of their tenant, as the registry tells it. */
@QuarkusTest
class TenantStateTest extends StackApiTestBase {

    @Test
    void aDeletedTenantsStacksStopAndThoseOfAnErasedOneGo() {
        // Given
        ValidatableResponse made = apply(admin, "site", Map.of());
        finished(admin, made);
        String path = STACKS + "/" + made.extract().path("stackId");
        registry.publish("tenant.deleting", tenant, Map.of("state", "deleting"));
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> with(operator).get(path).then().body("suspended", equalTo(true)));
        // When, Then: back to where it was, which was suspended or active
        registry.publish("tenant.undeleted", tenant, Map.of("state", "active"));
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> with(operator).get(path).then().body("suspended", equalTo(false)));
        registry.publish("tenant.deleting", tenant, Map.of("state", "deleting"));
        registry.publish("tenant.purged", tenant, Map.of("state", "deleted"));
        await().atMost(Duration.ofSeconds(30)).until(() -> with(operator).get(path).statusCode() == 404);
    }

    @Test
    void aSuspendedTenantsStacksStopAndStartAgain() {
        // Given
        ValidatableResponse made = apply(admin, "site", Map.of());
        finished(admin, made);
        String path = STACKS + "/" + made.extract().path("stackId");

        // When
        registry.suspend(tenant);

        // Then
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> with(operator).get(path).then().body("suspended", equalTo(true)));
        with(operator).body(Map.of("tenantId", tenant, "name", "other", "template", "web")).post(STACKS).then()
                .statusCode(403)
                .body("code", equalTo("tenant_suspended"));
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> with(admin).get(path).then().statusCode(403));
        registry.resume(tenant);
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> with(operator).get(path).then().body("suspended", equalTo(false)));
    }
}
