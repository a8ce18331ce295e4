package dev.pocketagent.sync;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.PlanLimits;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.sync.git.Folders;
import dev.pocketagent.sync.git.TestGit;
import dev.pocketagent.testkit.RegistryDouble;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;

/** What people do with sync-service, over HTTP, with real repositories. */
@QuarkusTest
class JourneyTest extends SyncTestBase {

    @AfterEach
    void remoteIsBack() {
        places.server().away(false);
        places.server().password("");
    }

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
                .body("webhookUrl", containsString("/v1/hooks/")).body("hasCredentials", equalTo(false));
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

    @Test
    void webhooksAreJudgedBeforeTheyDoAnything() {
        // Given
        String name = newName();
        newRepository(name);
        JsonPath made = synced(gitSource(name));
        String id = made.getString("id");
        String secret = made.getString("webhookSecret");
        String body = "{\"ref\":\"refs/heads/main\"}";
        String hook = "/v1/hooks/" + id;

        // When / Then
        given().contentType("application/json").header("X-GitHub-Event", "push").body(body).post(hook).then()
                .statusCode(401)
                .contentType("application/problem+json").body("code", equalTo("bad_signature"));
        push(id, "wrong", "d1", body).then().statusCode(401);
        push(UUID.randomUUID().toString(), secret, "d1", body).then().statusCode(404);
        given().post("/v1/hooks/not-an-id").then().statusCode(404);
        given().get(hook).then().statusCode(405);
        given().contentType("application/json").header("X-GitHub-Event", "ping")
                .header("X-Hub-Signature-256", "sha256=" + hmac(secret, body))
                .body(body).post(hook).then().statusCode(200).body("result", equalTo("pong"));
        push(id, secret, "other-branch", "{\"ref\":\"refs/heads/other\"}").then().statusCode(204);
        push(id, secret, "same-delivery", body).then().statusCode(202);
        push(id, secret, "same-delivery", body).then().statusCode(200).body("result", equalTo("received-before"));
        given().contentType("application/x-www-form-urlencoded").header("X-GitHub-Event", "push")
                .header("X-GitHub-Delivery", "form")
                .header("X-Hub-Signature-256",
                        "sha256=" + hmac(secret, "payload=%7B%22ref%22%3A%22refs%2Fheads%2Fother%22%7D"))
                .body("payload=%7B%22ref%22%3A%22refs%2Fheads%2Fother%22%7D").post(hook).then().statusCode(204);
    }

    @Test
    @Tag("slow")
    void aWebhookOfTooManyBytesIsRefused() {
        // Given
        String name = newName();
        newRepository(name);
        JsonPath made = synced(gitSource(name));
        String limit = "{\"x\":\"" + "a".repeat(25 * 1024 * 1024 - 8) + "\"}";
        assertThat(limit.length()).isEqualTo(25 * 1024 * 1024);

        // When / Then
        push(made.getString("id"), made.getString("webhookSecret"), "at-the-limit", limit).then().statusCode(202);
        push(made.getString("id"), made.getString("webhookSecret"), "past-the-limit", limit + " ").then()
                .statusCode(413);
    }

    @Test
    @Tag("slow")
    void aBurstOfWebhooksIsOneOrTwoLooks() throws Exception {
        // Given
        String name = newName();
        newRepository(name);
        JsonPath made = synced(gitSource(name));
        // Longer than thirty deliveries take on a busy machine, so that all of them meet the first look still running.
        places.server().delay(5_000);

        // When
        List<Callable<String>> deliveries = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            String delivery = "burst-" + i;
            deliveries.add(() -> push(made.getString("id"), made.getString("webhookSecret"), delivery,
                    "{\"ref\":\"refs/heads/main\"}")
                    .then().statusCode(202).extract().path("id"));
        }
        List<String> operations = all(deliveries);
        places.server().delay(0);

        // Then
        assertThat(operations.stream().distinct().count()).isBetween(1L, 3L);
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
    @Tag("slow")
    void credentialsAreUsedAndNeverShown() {
        // Given
        String name = newName();
        newRepository(name);
        places.server().password("ada:s3cret-token");
        Map<String, Object> body = gitSource(name);
        body.put("auth", Map.of("username", "ada", "token", "s3cret-token"));

        // When
        Response made = with(admin).body(body).post("/api/v1/sources");
        String id = made.jsonPath().getString("id");
        awaitState(id, "ready");

        // Then
        assertThat(made.asString()).doesNotContain("s3cret-token");
        Response read = with(admin).get("/api/v1/sources/" + id);
        read.then().body("hasCredentials", equalTo(true)).body("webhookSecret", nullValue());
        assertThat(read.asString()).doesNotContain("s3cret-token");
        with(admin).header("If-Match", read.header("ETag")).body(Map.of("url", "http://127.0.0.2:1/evil"))
                .patch("/api/v1/sources/" + id).then()
                .statusCode(400).body("errors[0].pointer", equalTo("/auth"));
        with(admin).header("If-Match", read.header("ETag")).body(Map.of("auth", Map.of("token", "")))
                .patch("/api/v1/sources/" + id).then()
                .statusCode(200).body("hasCredentials", equalTo(false));
        JsonPath operation = sync(id);
        assertThat(operation.getString("error.code")).isEqualTo("remote-unauthorized");
    }

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
    void whatIsWrongWithARequestIsSaidAndNothingIsStored() {
        // Given
        Map<String, Object> good = gitSource("x");

        // When / Then
        assertInvalid(good, "name", "Not A Name", "/name");
        assertInvalid(good, "name", null, "/name");
        assertInvalid(good, "kind", "svn", "/kind");
        assertInvalid(good, "url", null, "/url");
        assertInvalid(good, "url", "file:///etc", "/url");
        assertInvalid(good, "url", "ssh://git@example.org/x", "/url");
        assertInvalid(good, "url", "https://user:pw@example.org/x", "/url");
        assertInvalid(good, "url", "--upload-pack=touch", "/url");
        assertInvalid(good, "path", "/etc", "/path");
        assertInvalid(good, "ref", "-x", "/ref");
        assertInvalid(good, "forge", "sourceforge", "/forge");
        assertInvalid(good, "publishTo", "../other", "/publishTo");
        assertInvalid(good, "publishTo", "/etc", "/publishTo");
        assertInvalid(good, "intervalSeconds", 1, "/intervalSeconds");
        assertInvalid(good, "unknown", 1, "/unknown");
        assertInvalid(good, "auth", Map.of("username", "a"), "/auth/token");
        Map<String, Object> inside = new HashMap<>(good);
        inside.put("url", "http://169.254.169.254/latest");
        with(admin).body(inside).post("/api/v1/sources").then().statusCode(422).body("code",
                equalTo("outbound_refused"));
        with(admin).body("{\"name\":\"" + "x".repeat(1024 * 1024) + "\"}").post("/api/v1/sources").then()
                .statusCode(413);
        with(admin).body("{").post("/api/v1/sources").then().statusCode(400).body("code", equalTo("malformed_body"));
        with(admin).body(Map.of("name", "x", "kind", "local", "path", "/etc")).post("/api/v1/sources").then()
                .statusCode(400)
                .body("errors[0].pointer", equalTo("/path"));
        with(admin).get("/api/v1/sources").then().body("items", empty());
    }

    private void assertInvalid(Map<String, Object> good, String field, Object value, String pointer) {
        Map<String, Object> body = new HashMap<>(good);
        body.put(field, value);
        with(admin).body(body).post("/api/v1/sources").then().statusCode(400).contentType("application/problem+json")
                .body("errors.pointer", hasItem(pointer)).body("detail", not(containsString("pw")));
    }

    @Test
    void aPlanAllowsSoManySourcesAndNotOneMore() throws Exception {
        // Given
        PlanLimits roomy = RegistryDouble.roomyPlan();
        String limited = registry.issue(Roles.TENANT_ADMIN, tenant,
                new PlanLimits("starter", 1, roomy.stacks(), roomy.cpuMillis(),
                        roomy.memoryMib(), roomy.diskMib(), roomy.volumes(), roomy.keys(), 2, roomy.requestsPerMinute(),
                        roomy.tokensPerMinute(),
                        roomy.monthlyBudgetMicros(), roomy.models(), roomy.templates(), roomy.dailyBackup(),
                        roomy.backupRetentionDays()));
        List<Callable<Integer>> requests = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            Map<String, Object> body = gitSource(newName());
            requests.add(() -> with(limited).body(body).post("/api/v1/sources").statusCode());
        }

        // When
        List<Integer> answers = all(requests);

        // Then
        assertThat(answers.stream().filter(status -> status == 201)).hasSize(2);
        assertThat(answers.stream().filter(status -> status == 409)).hasSize(10);
        with(limited).body(gitSource(newName())).post("/api/v1/sources").then().statusCode(409)
                .body("code", equalTo("plan_limit_reached"))
                .body("detail", containsString("starter"));
    }

    @Test
    void creatingIsIdempotentAndChangesNeedTheRightVersion() {
        // Given
        String name = newName();
        newRepository(name);
        Map<String, Object> body = gitSource(name);
        String key = UUID.randomUUID().toString();
        Response first = with(admin).header("Idempotency-Key", key).body(body).post("/api/v1/sources");
        String id = first.jsonPath().getString("id");

        // When / Then
        with(admin).header("Idempotency-Key", key).body(body).post("/api/v1/sources").then().statusCode(201)
                .body("id", equalTo(id))
                .body("webhookSecret", equalTo(first.jsonPath().getString("webhookSecret")))
                .header("Idempotency-Replayed", "true");
        body.put("name", newName());
        with(admin).header("Idempotency-Key", key).body(body).post("/api/v1/sources").then().statusCode(422);
        body.put("name", name);
        with(admin).body(body).post("/api/v1/sources").then().statusCode(409).body("code", equalTo("conflict"));
        String source = "/api/v1/sources/" + id;
        with(admin).body("{\"intervalSeconds\":60}").patch(source).then().statusCode(428);
        with(admin).header("If-Match", "\"7\"").body("{\"intervalSeconds\":60}").patch(source).then().statusCode(412);
        String next = with(admin).header("If-Match", first.header("ETag")).body("{\"intervalSeconds\":60}")
                .patch(source).then()
                .statusCode(200).body("intervalSeconds", equalTo(60)).body("webhookSecret", nullValue()).extract()
                .header("ETag");
        with(admin).header("If-Match", first.header("ETag")).body("{\"intervalSeconds\":61}").patch(source).then()
                .statusCode(412);
        with(admin).header("If-Match", next).body("{\"rotateWebhookSecret\":true}").patch(source).then().statusCode(200)
                .body("webhookSecret", notNullValue())
                .body("webhookSecret", not(first.jsonPath().getString("webhookSecret")));
        push(id, first.jsonPath().getString("webhookSecret"), "old-secret", "{}").then().statusCode(401);
    }

    @Test
    @Tag("slow")
    void aDeletedSourceLeavesNothingBehind() {
        // Given
        String name = newName();
        newRepository(name);
        Map<String, Object> body = gitSource(name);
        body.put("publishTo", name);
        String id = synced(body).getString("id");
        Path published = places.published().resolve(tenant.toString()).resolve(name);
        await().atMost(Duration.ofSeconds(30)).until(() -> Files.exists(published.resolve("current")));
        await().until(() -> with(admin).get("/api/v1/sources/" + id).statusCode() == 200);
        String etag = with(admin).get("/api/v1/sources/" + id).header("ETag");

        // When
        with(admin).header("If-Match", etag).delete("/api/v1/sources/" + id).then().statusCode(204);

        // Then
        with(admin).get("/api/v1/sources/" + id).then().statusCode(404);
        with(admin).get("/api/v1/sources/" + id + "/context").then().statusCode(404);
        await().atMost(Duration.ofSeconds(30)).until(() -> !Files.exists(published));
        await().atMost(Duration.ofSeconds(30))
                .until(() -> !Files.exists(places.stores().resolve(tenant.toString()).resolve(id + ".git")));
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
    void twoSourcesCannotPublishToOnePlace() {
        // Given
        String name = newName();
        newRepository(name);
        Map<String, Object> body = gitSource(name);
        body.put("publishTo", "agents/one");
        synced(body);

        // When / Then
        for (String taken : List.of("agents/one", "agents", "agents/one/inner")) {
            body.put("name", newName());
            body.put("publishTo", taken);
            with(admin).body(body).post("/api/v1/sources").then().statusCode(409).body("detail",
                    containsString("agents/one"));
        }
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

    @Test
    void aListGoesOnWhereItStopped() {
        // Given
        List<String> made = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            made.add(with(admin).body(gitSource(newName())).post("/api/v1/sources").then().statusCode(201).extract()
                    .path("id"));
        }

        // When
        List<String> seen = new ArrayList<>();
        String cursor = null;
        do {
            JsonPath page = with(admin).get("/api/v1/sources?limit=2" + (cursor == null ? "" : "&cursor=" + cursor))
                    .jsonPath();
            seen.addAll(page.getList("items.id", String.class));
            cursor = page.getString("nextCursor");
        } while (cursor != null);

        // Then
        assertThat(seen).containsExactlyElementsOf(made);
        with(admin).get("/api/v1/sources?limit=0").then().statusCode(400);
        with(admin).get("/api/v1/sources?cursor=nonsense").then().statusCode(400);
    }

    private static <T> List<T> all(List<Callable<T>> work) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<T> answers = new ArrayList<>();
            for (Future<T> answer : threads.invokeAll(work)) {
                answers.add(answer.get());
            }
            return answers;
        }
    }
}
