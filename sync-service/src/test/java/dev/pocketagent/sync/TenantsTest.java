package dev.pocketagent.sync;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;

/** What a tenant gets to see and have done: nothing of others, and nothing once the registry stopped or erased it. */
@QuarkusTest
class TenantsTest extends SyncTestBase {

    @Test
    void aTenantSeesNothingOfAnother() {
        // Given
        String name = newName();
        newRepository(name);
        Map<String, Object> body = gitSource(name);
        String id = synced(body).getString("id");
        String operation = sync(id).getString("id");
        String stranger = registry.issue(Roles.TENANT_ADMIN, registry.newTenant());
        String agent = registry.issue(Roles.AGENT, tenant);

        // When / Then
        for (String path : List.of("", "/context", "/context/prompt", "/files", "/files/context/MISSION.md",
                "/revisions", "/skills",
                "/skills/greet")) {
            with(stranger).get("/api/v1/sources/" + id + path).then().statusCode(404).body("code",
                    equalTo("not_found"));
            given().get("/api/v1/sources/" + id + path).then().statusCode(401);
        }
        with(stranger).get("/api/v1/operations/" + operation).then().statusCode(404);
        with(stranger).get("/api/v1/sources").then().statusCode(200).body("items", empty());
        with(stranger).header("If-Match", "\"0\"").body("{}").patch("/api/v1/sources/" + id).then().statusCode(404);
        with(stranger).header("If-Match", "\"0\"").delete("/api/v1/sources/" + id).then().statusCode(404);
        with(stranger).post("/api/v1/sources/" + id + "/sync").then().statusCode(404);
        body.put("tenantId", tenant.toString());
        body.put("name", newName());
        with(stranger).body(body).post("/api/v1/sources").then().statusCode(404);
        with(agent).get("/api/v1/sources/" + id + "/context").then().statusCode(200);
        with(agent).get("/api/v1/sources").then().statusCode(403);
        with(agent).body(body).post("/api/v1/sources").then().statusCode(403);
        String operator = registry.issue(Roles.OPERATOR, null);
        with(operator).get("/api/v1/sources?tenant=" + tenant).then().statusCode(200).body("items.id", hasItem(id));
        with(operator).get("/api/v1/sources/" + id + "/context").then().statusCode(200);
    }

    @Test
    @Tag("slow")
    void nothingIsDoneForASuspendedTenant() {
        // Given
        String name = newName();
        newRepository(name);
        JsonPath made = synced(gitSource(name));
        registry.suspend(tenant);

        // When / Then
        await().atMost(Duration.ofSeconds(30)).until(() -> push(made.getString("id"), made.getString("webhookSecret"),
                UUID.randomUUID().toString(), "{}").statusCode() == 403);
        registry.resume(tenant);
        await().atMost(Duration.ofSeconds(30)).until(() -> push(made.getString("id"), made.getString("webhookSecret"),
                UUID.randomUUID().toString(), "{}").statusCode() == 202);
    }

    @Test
    @Tag("slow")
    void aDeletedTenantIsLikeASuspendedOneAndAnErasedOneHasNoSources() {
        // Given
        String name = newName();
        newRepository(name);
        JsonPath made = synced(gitSource(name));
        String id = made.getString("id");
        registry.publish("tenant.deleting", tenant, Map.of("state", "deleting"));
        await().atMost(Duration.ofSeconds(30)).until(() -> push(id, made.getString("webhookSecret"),
                UUID.randomUUID().toString(), "{}").statusCode() == 403);
        // When
        registry.publish("tenant.undeleted", tenant, Map.of("state", "active"));
        // Then
        await().atMost(Duration.ofSeconds(30)).until(() -> push(id, made.getString("webhookSecret"),
                UUID.randomUUID().toString(), "{}").statusCode() == 202);
        registry.publish("tenant.deleting", tenant, Map.of("state", "deleting"));
        registry.publish("tenant.purged", tenant, Map.of("state", "deleted"));
        await().atMost(Duration.ofSeconds(30))
                .until(() -> with(admin).get("/api/v1/sources/" + id).statusCode() == 404);
        with(admin).get("/api/v1/sources").then().body("items", hasSize(0));
    }
}
