package dev.pocketagent.sync.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.sync.SyncTestBase;
import dev.pocketagent.sync.git.Folders;
import dev.pocketagent.sync.git.TestGit;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;

/** What becomes of a source when it is looked at, with remotes that are away, hostile, rewritten or lost. */
@QuarkusTest
class SynchronisationTest extends SyncTestBase {

    @Test
    void aSourceThatWasNeverSyncedSaysSo() {
        // Given
        Map<String, Object> body = gitSource("no-such-repository");
        String id = with(admin).body(body).post("/api/v1/sources").then().statusCode(201).extract().path("id");

        // When
        awaitState(id, "failing");

        // Then
        with(admin).get("/api/v1/sources/" + id + "/context").then().statusCode(409).body("code",
                equalTo("not_synced_yet"));
        with(admin).get("/api/v1/sources/" + id).then().body("lastError.code", equalTo("remote-not-found"));
    }

    @Test
    @Tag("slow")
    void whenTheRemoteIsAwayTheLastGoodRevisionIsServed() {
        // Given
        String name = newName();
        TestGit git = newRepository(name);
        String id = synced(gitSource(name)).getString("id");
        String before = with(admin).get("/api/v1/sources/" + id).jsonPath().getString("revision");
        git.write("context/MISSION.md", "unseen").commit("unseen");
        places.server().away(true);

        // When
        JsonPath operation = sync(id);

        // Then
        assertThat(operation.getString("state")).isEqualTo("failed");
        assertThat(operation.getString("error.code")).isEqualTo("remote-unreachable");
        with(admin).get("/api/v1/sources/" + id).then().body("state", equalTo("failing"))
                .body("revision", equalTo(before))
                .body("lastError.code", equalTo("remote-unreachable"));
        with(admin).get("/api/v1/sources/" + id + "/context").then().statusCode(200).header("X-Revision", before)
                .body("files[2].content", equalTo("Help people.\n"));
        places.server().away(false);
        assertThat(sync(id).getString("state")).isEqualTo("succeeded");
        with(admin).get("/api/v1/sources/" + id).then().body("state", equalTo("ready")).body("revision", not(before));
    }

    @Test
    void aHostileTreeNeverGoesLive() throws Exception {
        // Given
        String name = newName();
        TestGit git = newRepository(name);
        String id = synced(gitSource(name)).getString("id");
        String good = with(admin).get("/api/v1/sources/" + id).jsonPath().getString("revision");
        String blob = git.blob("root:x:0:0");
        git.commitTree(git.rawTree(TestGit.entry("100644", "../../passwd".getBytes(StandardCharsets.UTF_8), blob)));

        // When
        JsonPath operation = sync(id);

        // Then
        assertThat(operation.getString("state")).isEqualTo("failed");
        assertThat(operation.getString("error.code")).isEqualTo("slash-in-name");
        with(admin).get("/api/v1/sources/" + id + "/files").then().statusCode(200).header("X-Revision", good)
                .body("items.path", not(hasItem(containsString("passwd"))));
    }

    @Test
    @Tag("slow")
    void aForcePushIsFollowedAndMarked() {
        // Given
        String name = newName();
        TestGit git = newRepository(name);
        git.write("a.md", "a").commit("second");
        String id = synced(gitSource(name)).getString("id");
        git.run("reset", "-q", "--hard", "HEAD~1");
        String rewritten = git.write("b.md", "b").commit("rewritten");

        // When
        JsonPath operation = sync(id);

        // Then
        assertThat(operation.getString("state")).isEqualTo("succeeded");
        with(admin).get("/api/v1/sources/" + id + "/revisions").then().body("items[0].revision", equalTo(rewritten))
                .body("items[0].forced", equalTo(true)).body("items", hasSize(2));
    }

    @Test
    void aLocalDirectoryIsFollowedWithoutAsking() throws Exception {
        // Given
        Path folder = Files.createDirectories(places.local().resolve(tenant.toString()).resolve("pai"));
        Files.createDirectories(folder.resolve("context"));
        Files.writeString(folder.resolve("context/MISSION.md"), "Written at home.\n");
        String id = synced(new HashMap<>(Map.of("name", newName(), "kind", "local", "path", folder.toString())))
                .getString("id");
        with(admin).get("/api/v1/sources/" + id + "/context").then().statusCode(200)
                .body("files[0].content", equalTo("Written at home.\n"))
                .body("missing", hasItems("context/GOALS.md", "context/BELIEFS.md"));

        // When
        Files.writeString(folder.resolve("context/MISSION.md"), "Edited at home.\n");

        // Then
        await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(20)).until(() -> with(admin)
                .get("/api/v1/sources/" + id + "/files/context/MISSION.md").asString().equals("Edited at home.\n"));
        Path foreign = Files.createDirectories(places.local().resolve(UUID.randomUUID().toString()));
        with(admin).body(Map.of("name", newName(), "kind", "local", "path", foreign.toString())).post("/api/v1/sources")
                .then()
                .statusCode(400).body("errors[0].pointer", equalTo("/path"));
        with(registry.issue(Roles.OPERATOR, null))
                .body(Map.of("tenantId", tenant.toString(), "name", newName(), "kind", "local", "path",
                        foreign.toString()))
                .post("/api/v1/sources").then().statusCode(201);
    }

    @Test
    @Tag("slow")
    void aRevisionOfWhichNothingIsInThePromptSaysSo() {
        // Given
        String name = newName();
        TestGit git = TestGit.init(places.repositories().resolve(name));
        git.write("MISSION.md", "Help.\n").write("context/mission.md", "Help.\n").commit("In the wrong places");
        String id = synced(gitSource(name)).getString("id");
        with(admin).get("/api/v1/sources/" + id + "/revisions").then()
                .body("items[0].warnings.code", equalTo(List.of("no-prompt-files")))
                .body("items[0].warnings[0].detail", containsString("context/MISSION.md"));
        git.write("context/IDENTITY.md", "Ada\n").commit("In the right one");

        // When
        sync(id);

        // Then
        with(admin).get("/api/v1/sources/" + id + "/revisions").then().body("items[0].warnings", empty());
    }

    @Test
    @Tag("slow")
    void aLostStoreIsFetchedAgain() throws Exception {
        // Given
        String name = newName();
        newRepository(name);
        String id = synced(gitSource(name)).getString("id");
        with(admin).get("/api/v1/sources/" + id + "/context").then().statusCode(200);
        Folders.delete(places.stores().resolve(tenant.toString()));

        // When
        Response answer = with(admin).get("/api/v1/sources/" + id + "/context");

        // Then
        answer.then().statusCode(503).header("Retry-After", notNullValue()).body("code",
                equalTo("dependency_unavailable"));
        await().atMost(Duration.ofSeconds(10))
                .until(() -> with(admin).get("/api/v1/sources/" + id + "/context").statusCode() == 200);
        with(admin).get("/api/v1/sources/" + id + "/revisions").then().body("items", hasSize(1));
    }
}
