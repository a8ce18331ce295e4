package dev.pocketagent.provisioner.stack;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.startsWith;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.PlanLimits;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.provisioner.BundlesResource;
import dev.pocketagent.testkit.PostgresResource;
import dev.pocketagent.testkit.RegistryDouble;
import dev.pocketagent.testkit.RegistryResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;

/** Stacks over HTTP, on a real PostgreSQL, with real bundles. */
@QuarkusTest
@QuarkusTestResource(PostgresResource.class)
@QuarkusTestResource(RegistryResource.class)
@QuarkusTestResource(BundlesResource.class)
class StackApiTest {

    static final String STACKS = "/api/v1/stacks";
    static final String SECRET = "s3cret-of-the-tenant";

    RegistryDouble registry;
    Path bundles;

    UUID tenant;
    String admin;
    String operator;

    @BeforeEach
    void keys() {
        tenant = registry.newTenant();
        admin = registry.issue(Roles.TENANT_ADMIN, tenant);
        operator = registry.issue(Roles.OPERATOR, null);
        await().atMost(Duration.ofSeconds(30)).until(() -> with(admin).get("/api/v1/templates").statusCode() == 200);
    }

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
    void limitsOfThePlanHoldWithFigures() {
        // Given
        String small = registry.issue(Roles.TENANT_ADMIN, tenant, plan(1, 1000, 100, List.of("web")));
        finished(small, apply(small, "one", Map.of()));

        // When
        ValidatableResponse answer = apply(small, "two", Map.of());

        // Then
        answer.statusCode(409).body("code", equalTo("quota_exceeded"))
                .body("errors.pointer", equalTo(List.of("/stacks", "/memory")))
                .body("detail", containsString("memory limit 100 MiB, other stacks use 64, this one needs 64"));
        apply(small, "one", Map.of("memoryMib", 100)).statusCode(202);
        apply(small, "one", Map.of("memoryMib", 101)).statusCode(409);
        with(small).body(Map.of("name", "a", "template", "openclaw-agent", "parameters", Map.of())).post(STACKS).then()
                .statusCode(403)
                .body("code", equalTo("template_not_allowed"));
    }

    @Test
    void manyAtOnceNeverPassTheLimit() throws Exception {
        // Given
        String key = registry.issue(Roles.TENANT_ADMIN, tenant, plan(2, 100_000, 100_000, List.of("*")));

        // When
        List<Integer> codes;
        try (ExecutorService threads = Executors.newFixedThreadPool(10)) {
            List<Callable<Integer>> calls = IntStream.range(0, 30)
                    .mapToObj(i -> (Callable<Integer>) () -> apply(key, "s" + i, Map.of())
                            .extract().statusCode())
                    .toList();
            codes = threads.invokeAll(calls).stream().map(StackApiTest::result).toList();
        }

        // Then
        assertThat(codes).filteredOn(code -> code == 202).hasSize(2);
        assertThat(codes).filteredOn(code -> code == 409).hasSize(28);
    }

    @Test
    void theSameNameAtOnceIsOneStack() throws Exception {
        // When
        List<String> stacks;
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Callable<String>> calls = IntStream.range(0, 8)
                    .mapToObj(i -> (Callable<String>) () -> apply(admin, "same", Map.of(
                            "message", "m" + i)).statusCode(202).extract().path("stackId"))
                    .toList();
            stacks = threads.invokeAll(calls).stream().map(StackApiTest::result).toList();
        }

        // Then
        assertThat(stacks).containsOnly(stacks.getFirst());
        with(admin).get(STACKS).then().body("items", hasSize(1)).body("items[0].revision", equalTo(8));
    }

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

    Path bundleOf(UUID stack) {
        String id = stack.toString();
        try (Stream<Path> all = Files.list(bundles)) {
            return all.filter(path -> path.getFileName().toString().endsWith(id.substring(id.length() - 8))).findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    ValidatableResponse apply(String key, String name, Map<String, Object> parameters) {
        return with(key).body(Map.of("name", name, "template", "web", "parameters", parameters)).post(STACKS).then();
    }

    private static ValidatableResponse plan(String key, String name, Map<String, Object> parameters) {
        return with(key).body(Map.of("name", name, "template", "web", "parameters", parameters)).post(STACKS + "/plan")
                .then();
    }

    static Map<String, Object> finished(String key, ValidatableResponse accepted) {
        String path = "/api/v1/operations/" + accepted.extract().path("id");
        return await().atMost(Duration.ofSeconds(20)).until(
                () -> with(key).get(path).then().statusCode(200).extract().<Map<String, Object>>path(""),
                operation -> operation.get("endedAt") != null);
    }

    static RequestSpecification with(String key) {
        return given().header("Authorization", "Bearer " + key).contentType("application/json");
    }

    private static PlanLimits plan(int stacks, int cpuMillis, int memoryMib, List<String> templates) {
        return new PlanLimits("small", 1, stacks, cpuMillis, memoryMib, 1024, 10, 10, 1, 60, 1000, 0, List.of("*"),
                templates, false, 0);
    }

    private static <T> T result(Future<T> future) {
        try {
            return future.get();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
