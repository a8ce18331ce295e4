package dev.pocketagent.sync.source;

import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.sync.SyncTestBase;
import dev.pocketagent.sync.git.TestGit;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;

/** Repositories on the disk of the machine, over HTTP: whose they are, and what none may read. */
@QuarkusTest
class FileUrlsTest extends SyncTestBase {

    @Test
    void aFileUrlIsTheOperatorsToName() {
        // Given
        String name = newName();
        newRepository(name);
        Map<String, Object> body = source(name, places.repositories().resolve(name));

        // When / Then
        for (String role : new String[]{Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER}) {
            refused(with(registry.issue(role, tenant)).body(body).post("/api/v1/sources"), "Use one of these schemes");
        }
        String id = with(registry.issue(Roles.OPERATOR, null)).body(body).post("/api/v1/sources").then()
                .statusCode(201).extract().path("id");
        awaitState(id, "ready");
        with(admin).get("/api/v1/sources/" + id + "/files/context/MISSION.md").then().statusCode(200)
                .body(equalTo("Help people.\n"));
        newRepository(name + "-2");
        Response moved = with(admin).header("If-Match", "*")
                .body(Map.of("url", "file://" + places.repositories().resolve(name + "-2")))
                .patch("/api/v1/sources/" + id);
        refused(moved, "Use one of these schemes");
    }

    @Test
    void whatTenantsMadeIsNoRepositoryForAnybody() throws Exception {
        // Given: a source of one tenant, and one of another that has a repository as plain files, which it publishes
        String victim = newName();
        newRepository(victim);
        JsonPath theirs = synced(gitSource(victim));
        Path store = places.stores().resolve(tenant.toString()).resolve(theirs.getString("id") + ".git");
        String name = newName();
        TestGit git = TestGit.init(places.repositories().resolve(name));
        git.write("wt/HEAD", "ref: refs/pocket/tip\n").write("wt/commondir", store + "\n")
                .write("wt/objects/pack/.keep", "").write("wt/refs/heads/.keep", "").commit("A repository in it");
        Map<String, Object> body = gitSource(name);
        body.put("publishTo", name);
        synced(body);
        Path published = places.published().resolve(tenant.toString()).resolve(name);
        await().atMost(Duration.ofSeconds(20)).until(() -> Files.exists(published.resolve("current/wt/HEAD")));
        Path revision = published.resolve("current").toRealPath();

        // When / Then
        String operator = registry.issue(Roles.OPERATOR, null);
        for (Path folder : new Path[]{store, Path.of("/proc/self/root" + store), published.resolve("current/wt"),
                revision.resolve("wt")}) {
            refused(with(operator).body(source(newName(), folder)).post("/api/v1/sources"), "must lie below");
        }
    }

    private static void refused(Response answer, String why) {
        answer.then().statusCode(400).body("errors[0].pointer", equalTo("/url")).body("errors[0].detail",
                containsString(why));
    }

    private Map<String, Object> source(String name, Path folder) {
        return new HashMap<>(Map.of("tenantId", tenant, "name", name, "kind", "git", "url", "file://" + folder));
    }
}
