package dev.pocketagent.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.startsWith;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;

import org.junit.jupiter.api.Test;

import dev.pocketagent.sync.git.TestGit;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;

/** The main job of sync-service over HTTP: a real repository is registered, read, published, and followed when it changes. */
@QuarkusTest
class JourneyTest extends SyncTestBase {

    @Test
    void aRepositoryIsReadPublishedAndFollowed() throws Exception {
        // Given
        String name = newName();
        TestGit git = newRepository(name);
        Map<String, Object> body = gitSource(name);
        body.put("publishTo", "agents/" + name);
        Response created = with(admin).body(body).post("/api/v1/sources");
        created.then().statusCode(201).header("ETag", "\"0\"").body("state", equalTo("new"))
                .body("webhookSecret", notNullValue())
                .body("webhookUrl", startsWith("/v1/hooks/")).body("hasCredentials", equalTo(false));
        String id = created.jsonPath().getString("id");
        assertThat(created.header("Location")).endsWith("/api/v1/sources/" + id);
        awaitState(id, "ready");
        String source = "/api/v1/sources/" + id;

        // Then: the context
        with(admin).get(source + "/context").then().statusCode(200).header("ETag", startsWith("W/\""))
                .header("X-Staleness-Seconds", notNullValue())
                .body("files.path", contains("context/BELIEFS.md", "context/GOALS.md", "context/MISSION.md"))
                .body("files[2].content", equalTo("Help people.\n")).body("skills.name", contains("greet"))
                .body("skills[0].diagnostics", empty()).body("missing", empty())
                .body("stalenessSeconds", notNullValue());
        Response prompt = with(admin).get(source + "/context/prompt");
        prompt.then().statusCode(200).contentType("text/markdown")
                .body(startsWith("# USER CONTEXT (TELOS LAYER)\n\n## Mission\n\nHelp people."));
        with(admin).header("If-None-Match", prompt.header("ETag")).get(source + "/context/prompt").then()
                .statusCode(304)
                .header("ETag", prompt.header("ETag")).header("X-Revision", notNullValue());

        // Then: the files
        with(admin).get(source + "/files?prefix=skills/").then().statusCode(200)
                .body("items.path", contains("skills/greet/SKILL.md", "skills/greet/scripts/greet.sh"))
                .body("items.executable", contains(false, true));
        Response script = with(admin).get(source + "/files/skills/greet/scripts/greet.sh");
        script.then().statusCode(200).header("X-Executable", "true").header("X-Content-Type-Options", "nosniff")
                .body(equalTo("#!/bin/sh\necho hello\n"));
        with(admin).header("If-None-Match", script.header("ETag")).get(source + "/files/skills/greet/scripts/greet.sh")
                .then().statusCode(304);
        with(admin).get(source + "/files/none.md").then().statusCode(404).body("code", equalTo("not_found"));
        with(admin).urlEncodingEnabled(false).get(source + "/files?rev=%00").then().statusCode(404)
                .body("code", equalTo("not_found"));
        with(admin).get(source + "/files?prefx=a").then().statusCode(400).body("code", equalTo("unknown_parameter"));

        // Then: the folder
        Path current = places.published().resolve(tenant.toString()).resolve("agents/" + name).resolve("current");
        await().atMost(Duration.ofSeconds(30)).until(() -> Files.exists(current));
        assertThat(current.resolve("context/MISSION.md")).hasContent("Help people.");
        assertThat(Files.isExecutable(current.resolve("skills/greet/scripts/greet.sh"))).isTrue();

        // When: something is pushed and the forge tells
        String commit = git.write("context/MISSION.md", "Help more people.\n").commit("Refined mission");
        String secret = created.jsonPath().getString("webhookSecret");
        Response told = push(id, secret, UUID.randomUUID().toString(),
                "{\"ref\":\"refs/heads/main\",\"after\":\"" + commit + "\"}");

        // Then
        told.then().statusCode(202).body("result", equalTo("accepted")).header("Location",
                containsString("/api/v1/operations/"));
        awaitRevision(id, commit);
        with(admin).get(source + "/context").then().body("files[2].content", equalTo("Help more people.\n"))
                .body("revision", equalTo(commit));
        JsonPath operation = ended(told.header("Location"));
        assertThat(operation.getString("state")).isEqualTo("succeeded");
        assertThat(operation.getBoolean("changed")).isTrue();
        assertThat(operation.getList("steps.name", String.class)).containsExactly("look", "fetch", "check", "go-live",
                "publish");
        assertThat(operation.getList("steps.state", String.class)).containsOnly("succeeded");
        assertThat(current.resolve("context/MISSION.md")).hasContent("Help more people.");
        with(admin).get(source + "/revisions").then().statusCode(200).body("items", hasSize(2))
                .body("items[0].subject", equalTo("Refined mission")).body("items[0].live", equalTo(true))
                .body("items[1].live", equalTo(false)).body("items[0].forced", equalTo(false))
                .body("items[0].warnings", empty());
        String first = with(admin).get(source + "/revisions").jsonPath().getString("items[1].revision");
        with(admin).get(source + "/files/context/MISSION.md?rev=" + first).then().statusCode(200)
                .body(equalTo("Help people.\n"));
        String events = with(admin).get(told.header("Location").replaceFirst("https?://[^/]+", "") + "/events").then()
                .statusCode(200).contentType("text/event-stream").extract().asString();
        assertThat(events).containsSubsequence("event:step", "\"look\"", "event:step", "\"publish\"", "event:end",
                "\"succeeded\"");
        with(admin).get(source + "/skills/greet").then().statusCode(200).body("loadable", equalTo(true));
    }
}
