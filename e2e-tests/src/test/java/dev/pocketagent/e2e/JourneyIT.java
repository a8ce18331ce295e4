package dev.pocketagent.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The main job, and what must hold around it: one suite, brought up once by {@code pocket demo}. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JourneyIT {

    private static final List<String> SERVICES = List.of("registry", "provisioner", "router", "sync");

    private Suite suite;
    private JsonNode demo;
    private String operator;

    @BeforeAll
    void demo() throws Exception {
        suite = new Suite();
        demo = suite.run("demo", "--json").json();
        operator = suite.operatorKey();
    }

    @AfterAll
    void down() throws Exception {
        suite.close();
    }

    private record Tenant(String id, String slug, String key) {}

    private Tenant newTenant() throws IOException, InterruptedException {
        String slug = "t-" + UUID.randomUUID().toString().substring(0, 8);
        Suite.Answer created = suite.post(operator, "registry", "/api/v1/tenants",
                "{\"slug\":\"" + slug + "\",\"name\":\"Test\",\"plan\":\"team\"}");
        assertThat(created.status()).as(created.body()).isEqualTo(201);
        String id = created.json().path("id").asText();
        return new Tenant(id, slug, issue(id, "tenant-admin").path("secret").asText());
    }

    private JsonNode issue(String tenantId, String role) throws IOException, InterruptedException {
        Suite.Answer key = suite.post(operator, "registry", "/api/v1/tenants/" + tenantId + "/keys",
                "{\"name\":\"e2e\",\"role\":\"" + role + "\"}");
        assertThat(key.status()).as(key.body()).isEqualTo(201);
        return key.json();
    }

    private static String chat(String model, boolean stream, String text) {
        return "{\"model\":\"" + model + "\",\"stream\":" + stream
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}";
    }

    private static void assertProblem(Suite.Answer answer, int status, String code) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
        assertThat(answer.json().path("code").asText()).isEqualTo(code);
        assertThat(answer.json().path("traceId").asText()).matches("[0-9a-f]{32}");
        assertThat(answer.body()).doesNotContain("java.", "org.hibernate", "dev.pocketagent", "SQL");
    }

    @Test
    void theDemoDidEveryStepAndSaysSo() {
        assertThat(demo.path("ok").asBoolean()).as(demo.toPrettyString()).isTrue();
        assertThat(demo.path("steps")).isNotEmpty().allSatisfy(step -> {
            assertThat(step.path("ok").asBoolean()).as(step.toString()).isTrue();
            assertThat(step.path("name").asText()).isNotBlank();
            assertThat(step.path("milliseconds").isNumber()).isTrue();
        });
    }

    @Test
    void aSecondDemoWorksOnWhatIsThere() throws Exception {
        JsonNode again = suite.run("demo", "--json").json();
        assertThat(again.path("ok").asBoolean()).as(again.toPrettyString()).isTrue();
    }

    @Test
    void theAuditChainsAreWhole() throws Exception {
        JsonNode verdict = suite.get(operator, "registry", "/api/v1/audit/verify").json();
        assertThat(verdict.path("tenants")).isNotEmpty()
                .allSatisfy(chain -> assertThat(chain.path("intact").asBoolean()).as(chain.toString()).isTrue());
    }

    @Test
    void badKeysGetOneAnswerEverywhere() throws Exception {
        String unknown = "pocket_tn_0000000000000000000000000000000000000000000AAAAAA";
        for (String service : SERVICES) {
            String path = switch (service) {
                case "registry" -> "/api/v1/tenants";
                case "provisioner" -> "/api/v1/stacks";
                case "router" -> "/api/v1/usage";
                default -> "/api/v1/sources";
            };
            String detail = null;
            for (String key : List.of("", unknown, "nonsense", operator.substring(0, operator.length() - 1) + "_")) {
                Suite.Answer answer = suite.get(key, service, path);
                assertProblem(answer, 401, "unauthenticated");
                detail = detail == null ? answer.json().path("detail").asText() : detail;
                assertThat(answer.json().path("detail").asText()).isEqualTo(detail);
            }
        }
        Suite.Answer chat = suite.post(unknown, "router", "/v1/chat/completions", chat("pocket/auto", false, "hi"));
        assertThat(chat.status()).isEqualTo(401);
        assertThat(chat.json().path("error").path("message").asText()).isNotBlank();
    }

    @Test
    void aTenantsThingsDoNotExistForAnother() throws Exception {
        Tenant one = newTenant();
        Tenant two = newTenant();
        assertThat(suite.post(one.key(), "router", "/v1/chat/completions", chat("pocket/sandbox", false, "mine"))
                .status()).isEqualTo(200);
        Suite.Answer stack = suite.post(one.key(), "provisioner", "/api/v1/stacks",
                "{\"name\":\"mine\",\"template\":\"web\",\"parameters\":{},\"backend\":\"bundle\"}");
        assertThat(stack.status()).as(stack.body()).isEqualTo(202);
        String stackId = stack.json().path("stackId").asText();
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(
                suite.get(one.key(), "router", "/api/v1/usage").json().path("items")).isNotEmpty());

        for (String[] place : new String[][]{{"provisioner", "/api/v1/stacks/" + stackId},
                {"provisioner", stack.header("Location").replaceFirst("^https?://[^/]+", "")},
                {"registry", "/api/v1/tenants/" + one.id()}, {"registry", "/api/v1/tenants/" + one.slug()},
                {"registry", "/api/v1/tenants/" + one.id() + "/keys"}}) {
            Suite.Answer foreign = suite.get(two.key(), place[0], place[1]);
            assertThat(foreign.status()).as("%s %s: %s", place[0], place[1], foreign.body()).isIn(404, 403);
            assertThat(foreign.body()).doesNotContain("mine");
            assertThat(suite.get(one.key(), place[0], place[1]).status()).as(place[1]).isIn(200, 403);
        }
        assertThat(suite.get(two.key(), "router", "/api/v1/usage").json().path("items")).isEmpty();
        assertThat(suite.get(two.key(), "provisioner", "/api/v1/stacks").json().path("items")).isEmpty();
        assertThat(suite.get(two.key(), "provisioner", "/api/v1/stacks?tenant=" + one.id()).status()).isEqualTo(404);
        assertThat(suite.get(two.key(), "router", "/api/v1/usage?tenant=" + one.id()).status()).isEqualTo(404);
    }

    @Test
    void malformedInputIsAProblemThatNamesTheFieldAndStoresNothing() throws Exception {
        int before = suite.get(operator, "registry", "/api/v1/tenants?limit=200").json().path("items").size();
        assertProblem(suite.post(operator, "registry", "/api/v1/tenants", "{\"slug\":"), 400, "malformed_body");
        Suite.Answer slug = suite.post(operator, "registry", "/api/v1/tenants",
                "{\"slug\":\"No Slug\",\"name\":\"x\",\"plan\":\"team\"}");
        assertProblem(slug, 400, "invalid_input");
        assertThat(slug.json().path("errors").get(0).path("pointer").asText()).isEqualTo("/slug");
        Suite.Answer unknown = suite.post(operator, "registry", "/api/v1/tenants",
                "{\"slug\":\"x1\",\"name\":\"x\",\"plan\":\"team\",\"state\":\"active\"}");
        assertProblem(unknown, 400, "invalid_input");
        assertThat(unknown.json().path("errors").get(0).path("pointer").asText()).isEqualTo("/state");
        assertProblem(suite.get(operator, "registry", "/api/v1/tenants?paln=team"), 400, "unknown_parameter");
        assertThat(suite.get(operator, "registry", "/api/v1/tenants?limit=200").json().path("items")).hasSize(before);

        Tenant tenant = newTenant();
        Suite.Answer template = suite.post(tenant.key(), "provisioner", "/api/v1/stacks",
                "{\"name\":\"x\",\"template\":\"no-such\",\"parameters\":{}}");
        assertThat(template.status()).as(template.body()).isBetween(400, 499);
        Suite.Answer parameter = suite.post(tenant.key(), "provisioner", "/api/v1/stacks",
                "{\"name\":\"x\",\"template\":\"web\",\"parameters\":{\"privileged\":true}}");
        assertThat(parameter.status()).as(parameter.body()).isEqualTo(400);
        assertThat(parameter.body()).contains("privileged");
        assertThat(suite.get(tenant.key(), "provisioner", "/api/v1/stacks").json().path("items")).isEmpty();

        for (String url : List.of("https://169.254.169.254/x.git", "https://10.0.0.1/x.git", "ext::sh -c id",
                "--upload-pack=id", "https://user:secret@example.org/x.git")) {
            Suite.Answer source = suite.post(tenant.key(), "sync", "/api/v1/sources",
                    Suite.JSON.createObjectNode().put("name", "bad").put("kind", "git").put("url", url).toString());
            assertThat(source.status()).as("%s: %s", url, source.body()).isIn(400, 422);
            assertThat(source.body()).doesNotContain("secret@");
        }
        assertThat(suite.get(tenant.key(), "sync", "/api/v1/sources").json().path("items")).isEmpty();

        Suite.Answer model = suite.post(tenant.key(), "router", "/v1/chat/completions", chat("no/such", false, "x"));
        assertThat(model.status()).isEqualTo(404);
        assertThat(model.json().path("error").path("code").asText()).isEqualTo("model_not_found");
        assertThat(suite.post(tenant.key(), "router", "/v1/chat/completions", "{").status()).isEqualTo(400);
    }

    @Test
    void whatATenantHasIsCountedByTheRegistryUntilItIsGone() throws Exception {
        // Given: what the demo made is counted
        JsonNode sources = suite.get(operator, "sync", "/api/v1/sources").json().path("items");
        assertThat(sources).isNotEmpty();
        String url = sources.get(0).path("url").asText();
        JsonNode ofDemo = quota(sources.get(0).path("tenantId").asText());
        assertThat(ofDemo.path("stacks").path("used").asInt()).isPositive();
        assertThat(ofDemo.path("sources").path("used").asInt()).isPositive();
        Tenant tenant = newTenant();

        // When
        ObjectNode brain = Suite.JSON.createObjectNode().put("name", "brain").put("kind", "git").put("url", url);
        assertThat(suite.post(tenant.key(), "sync", "/api/v1/sources", brain.toString()).status())
                .as("a file URL is the operator's to name").isEqualTo(400);
        Suite.Answer source = suite.post(operator, "sync", "/api/v1/sources",
                brain.put("tenantId", tenant.id()).toString());
        assertThat(source.status()).as(source.body()).isEqualTo(201);
        Suite.Answer stack = suite.post(tenant.key(), "provisioner", "/api/v1/stacks",
                "{\"name\":\"site\",\"template\":\"web\",\"parameters\":{},\"backend\":\"bundle\"}");
        assertThat(stack.status()).as(stack.body()).isEqualTo(202);

        // Then
        awaitUsed(tenant, 1, 1, 250, 64);
        delete(tenant, "sync", "/api/v1/sources/" + source.json().path("id").asText(), 204);
        delete(tenant, "provisioner", "/api/v1/stacks/" + stack.json().path("stackId").asText(), 202);
        awaitUsed(tenant, 0, 0, 0, 0);
    }

    private JsonNode quota(String tenantId) throws IOException, InterruptedException {
        return suite.get(operator, "registry", "/api/v1/tenants/" + tenantId + "/quota").json().path("resources");
    }

    private void awaitUsed(Tenant tenant, int stacks, int sources, int cpuMillis, int memoryMib) {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            JsonNode quota = quota(tenant.id());
            assertThat(quota.path("stacks").path("used").asInt()).isEqualTo(stacks);
            assertThat(quota.path("sources").path("used").asInt()).isEqualTo(sources);
            assertThat(quota.path("cpuMillis").path("used").asInt()).isEqualTo(cpuMillis);
            assertThat(quota.path("memoryMib").path("used").asInt()).isEqualTo(memoryMib);
            quota.forEach(one -> assertThat(one.path("reserved").asInt()).isZero());
        });
    }

    private void delete(Tenant tenant, String service, String path, int status)
            throws IOException, InterruptedException {
        Suite.Answer deleted = suite.send("DELETE", tenant.key(), service, path, "", "If-Match", "*");
        assertThat(deleted.status()).as(deleted.body()).isEqualTo(status);
    }

    @Test
    void aSuspensionIsEnforcedEverywhereWithinFiveSeconds() throws Exception {
        Tenant tenant = newTenant();
        for (String[] place : new String[][]{{"provisioner", "/api/v1/stacks"}, {"sync", "/api/v1/sources"},
                {"router", "/api/v1/usage"}, {"registry", "/api/v1/tenants/" + tenant.id()}}) {
            assertThat(suite.get(tenant.key(), place[0], place[1]).status()).as(place[0]).isEqualTo(200);
        }
        assertThat(suite.post(tenant.key(), "router", "/v1/chat/completions", chat("pocket/sandbox", false, "x"))
                .status()).isEqualTo(200);

        assertThat(suite.post(operator, "registry", "/api/v1/tenants/" + tenant.id() + "/suspend",
                "{\"reason\":\"unpaid\"}").status()).isEqualTo(200);

        await().atMost(Duration.ofSeconds(5)).pollInterval(Duration.ofMillis(100)).untilAsserted(() -> {
            assertProblem(suite.get(tenant.key(), "provisioner", "/api/v1/stacks"), 403, "tenant_suspended");
            assertProblem(suite.get(tenant.key(), "sync", "/api/v1/sources"), 403, "tenant_suspended");
            assertProblem(suite.get(tenant.key(), "registry", "/api/v1/tenants/" + tenant.id()), 403,
                    "tenant_suspended");
            assertThat(suite.post(tenant.key(), "router", "/v1/chat/completions", chat("pocket/sandbox", false, "x"))
                    .status()).isEqualTo(403);
        });
    }

    @Test
    void aRevokedKeyStopsWithinFiveSeconds() throws Exception {
        Tenant tenant = newTenant();
        JsonNode key = issue(tenant.id(), "tenant-developer");
        String secret = key.path("secret").asText();
        assertThat(suite.get(secret, "provisioner", "/api/v1/stacks").status()).isEqualTo(200);
        JsonNode listed = suite.get(operator, "registry", "/api/v1/tenants/" + tenant.id() + "/keys").json();
        assertThat(listed.toString()).doesNotContain(secret);

        Suite.Answer revoked = suite.send("DELETE", operator, "registry", "/api/v1/keys/" + key.path("id").asText(), "",
                "If-Match", "*");

        assertThat(revoked.status()).as(revoked.body()).isEqualTo(204);
        await().atMost(Duration.ofSeconds(5)).untilAsserted(
                () -> assertThat(suite.get(secret, "provisioner", "/api/v1/stacks").status()).isEqualTo(401));
    }

    @Test
    void aStreamedChatArrivesInPiecesAndIsAccountedFor() throws Exception {
        Tenant tenant = newTenant();
        Suite.Answer answer = suite.post(tenant.key(), "router", "/v1/chat/completions",
                chat("pocket/auto", true, "Name three colours."));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).startsWith("text/event-stream");
        List<String> data = answer.body().lines().filter(line -> line.startsWith("data: ")).toList();
        assertThat(data).hasSizeGreaterThan(3).last().isEqualTo("data: [DONE]");

        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            JsonNode rows = suite.get(tenant.key(), "router", "/api/v1/usage").json().path("items");
            assertThat(rows).hasSize(1);
            assertThat(rows.get(0).path("tenantId").asText()).isEqualTo(tenant.id());
            assertThat(rows.get(0).path("streamed").asBoolean()).isTrue();
            assertThat(rows.get(0).path("outputTokens").asInt()).isPositive();
        });
    }

    @Test
    void healthMetricsAndApiDocumentsAreOnTheManagementPortOnly() throws Exception {
        for (String service : SERVICES) {
            for (String path : List.of("/q/health/ready", "/q/health/live", "/q/metrics", "/q/openapi")) {
                assertThat(suite.exchange("GET", "", suite.managementUrl(service) + path, "").status())
                        .as(service + path).isEqualTo(200);
                assertThat(suite.get("", service, path).status()).as(service + path).isIn(401, 404);
            }
        }
    }
}
