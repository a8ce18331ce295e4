package dev.pocketagent.sync.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.PlanLimits;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.sync.SyncTestBase;
import dev.pocketagent.testkit.RegistryDouble;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;

/** The resource of sources, over HTTP: what may be asked, what is kept and shown of it, and how much. */
@QuarkusTest
class SourcesTest extends SyncTestBase {

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
        with(admin).urlEncodingEnabled(false).get("/api/v1/sources?kind=%00").then().statusCode(400)
                .body("errors[0].pointer", equalTo("?kind"));
        with(admin).get("/api/v1/sources?kind=local").then().statusCode(200);
    }

    private void assertInvalid(Map<String, Object> good, String field, Object value, String pointer) {
        Map<String, Object> body = new HashMap<>(good);
        body.put(field, value);
        with(admin).body(body).post("/api/v1/sources").then().statusCode(400).contentType("application/problem+json")
                .body("errors.pointer", hasItem(pointer)).body("detail", not(containsString("pw")));
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
    void aPlanAllowsSoManySourcesAndNotOneMore() throws Exception {
        // Given
        String limited = registry.issue(Roles.TENANT_ADMIN, tenant, starter(2));
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
                .body("code", equalTo("quota_exceeded"), "errors.pointer", equalTo(List.of("/sources")))
                .body("detail", containsString("Plan starter: sources limit 2, in use 2"));
        with(limited).get("/api/v1/sources").then().body("items", hasSize(2));
    }

    @Test
    void whoActsForATenantIsHeldToTheTenantsPlan() throws Exception {
        // Given
        registry.plan(tenant, starter(2), Map.of());
        List<Callable<Integer>> requests = new ArrayList<>();
        for (String role : List.of(Roles.OPERATOR, Roles.TENANT_ADMIN)) {
            String key = role.equals(Roles.OPERATOR) ? registry.issue(role, null) : admin;
            for (int i = 0; i < 4; i++) {
                Map<String, Object> body = gitSource(newName());
                body.put("tenantId", tenant.toString());
                requests.add(() -> with(key).body(body).post("/api/v1/sources").statusCode());
            }
        }

        // When
        List<Integer> answers = all(requests);

        // Then
        assertThat(answers.stream().filter(status -> status == 201)).hasSize(2);
        assertThat(answers.stream().filter(status -> status == 409)).hasSize(6);
        with(admin).get("/api/v1/sources").then().body("items", hasSize(2));
    }

    @Test
    void limitsOfATenantsOwnStandInPlaceOfThePlansAndWhatIsThereGoesOn() {
        // Given
        String operator = registry.issue(Roles.OPERATOR, null);
        Map<String, Object> body = gitSource(newName());
        body.put("tenantId", tenant.toString());
        registry.plan(tenant, starter(0), Map.of("sources", 2));
        String id = with(operator).body(body).post("/api/v1/sources").then().statusCode(201).extract().path("id");
        body.put("name", newName());
        with(operator).body(body).post("/api/v1/sources").then().statusCode(201);

        // When
        registry.plan(tenant, starter(9), Map.of("sources", 1));

        // Then
        body.put("name", newName());
        with(operator).body(body).post("/api/v1/sources").then().statusCode(409)
                .body("code", equalTo("quota_exceeded"))
                .body("detail", containsString("sources limit 1, in use 2"));
        with(operator).post("/api/v1/sources/" + id + "/sync").then().statusCode(202);
        with(admin).get("/api/v1/sources").then().body("items", hasSize(2));
    }

    @Test
    void forATenantThatNobodyKnowsNothingIsMade() {
        // Given
        Map<String, Object> body = gitSource(newName());
        body.put("tenantId", UUID.randomUUID().toString());

        // When / Then
        with(registry.issue(Roles.OPERATOR, null)).body(body).post("/api/v1/sources").then().statusCode(404)
                .body("code", equalTo("not_found"));
    }

    private static PlanLimits starter(int sources) {
        PlanLimits roomy = RegistryDouble.roomyPlan();
        // A name for each: what the registry knows as a version of a plan never changes.
        return new PlanLimits("starter" + (sources == 2 ? "" : sources), 1, roomy.stacks(), roomy.cpuMillis(),
                roomy.memoryMib(), roomy.diskMib(), roomy.volumes(), roomy.keys(), sources, roomy.requestsPerMinute(),
                roomy.tokensPerMinute(), roomy.monthlyBudgetMicros(), roomy.models(), roomy.templates(),
                roomy.dailyBackup(), roomy.backupRetentionDays());
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
}
