package dev.pocketagent.registry.pocketbase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.registry.RegistryTestBase;
import dev.pocketagent.registry.pocketbase.FakePocketBase.Fault;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.ValidatableResponse;

/** The bridge over HTTP, with the fake as PocketBase: so it runs on the packaged application, too. */
@Tag("slow")
@QuarkusTest
class BridgeApiTest extends RegistryTestBase {

    private static final String PATH = "/api/v1/pocketbase";

    FakePocketBase pocketBase;

    @TestHTTPResource(value = "/metrics", management = true)
    String metrics;
    @TestHTTPResource(value = "/health/ready", management = true)
    String ready;

    private Admin admin;

    @BeforeEach
    void connect() {
        admin = new Admin(pocketBase);
        admin.clear("tenants");
    }

    @AfterEach
    void heal() {
        pocketBase.heal();
    }

    private ValidatableResponse sync(boolean dryRun) {
        return operator().body(Map.of("dryRun", dryRun)).post(PATH + "/sync").then().statusCode(200);
    }

    private String record(String slug, String state) {
        return admin.add("tenants", Map.of("slug", slug, "name", "Customer " + slug, "plan", "team", "state", state));
    }

    /** Tests are not told the management port of a packaged application. */
    boolean seesManagement() {
        return true;
    }

    private double metric(String name) {
        if (!seesManagement()) {
            return Double.NaN;
        }
        Matcher line = Pattern.compile("(?m)^" + Pattern.quote(name) + " (.*)$")
                .matcher(RestAssured.get(metrics).then().statusCode(200).extract().asString());
        assertThat(line.find()).as(name).isTrue();
        return Double.parseDouble(line.group(1));
    }

    @Test
    void aRunIsTriedDryThenDoneThenShown() {
        String slug = newSlug();
        String id = record(slug, "paused");
        sync(true).body("dryRun", is(true), "outcome", equalTo("completed"), "counts.created", is(1),
                "lines.findAll { it.recordId == '" + id + "' }.kind", hasItems("create", "suspend", "write"),
                "lines.done", everyItem(is(false)));
        operator().get("/api/v1/tenants/" + slug).then().statusCode(404);
        assertThat(admin.record("tenants", id).path("tenant_id").asText()).isEmpty();

        sync(false).body("dryRun", is(false), "outcome", equalTo("completed"), "counts.created", is(1), "trigger",
                equalTo("hand"));
        String tenant = operator().get("/api/v1/tenants/" + slug).then().statusCode(200)
                .body("state", equalTo("suspended"), "name", equalTo("Customer " + slug), "plan", equalTo("team"))
                .extract().path("id");
        assertThat(admin.record("tenants", id).path("tenant_id").asText()).isEqualTo(tenant);

        for (String role : new String[]{Roles.SUPPORT, Roles.AUDITOR}) {
            with(platformKey(role)).get(PATH).then().statusCode(200).body("configured", is(true), "conflict",
                    equalTo("report"), "lastRun.outcome", equalTo("completed"), "lastSuccessAt", notNullValue(),
                    "nextRun", nullValue(), "lastError", nullValue(), "running", nullValue());
        }
        operator().get(PATH + "/report").then().statusCode(200).body("counts.created", is(1), "lines.slug",
                hasItem(slug));
        operator().get("/api/v1/audit?tenant=" + tenant).then().statusCode(200)
                .body("items.action",
                        hasItems("tenant.create", "tenant.suspend", "pocketbase.link", "pocketbase.write"),
                        "items.actorRole", everyItem(equalTo("system")), "items.target", hasItem("pocketbase/" + id));
        operator().get("/api/v1/audit/verify?tenant=" + tenant).then().statusCode(200).body("intact", is(true));
        if (seesManagement()) {
            assertThat(metric("pocket_pocketbase_last_success_age_seconds")).isBetween(0.0, 600.0);
        }
    }

    /** The trap: PocketBase answers a token that is over with 200 and a short list. */
    @Test
    void aGuestsListChangesNothingAndIsLoud() {
        String slug = newSlug();
        String id = record(slug, "active");
        sync(false).body("outcome", equalTo("completed"));
        double failedBefore = metric("pocket_pocketbase_runs_total{outcome=\"failed\"}");
        admin.change("tenants", id, Map.of("state", "paused"));
        pocketBase.fail(Fault.GUEST, "/api/collections/tenants", 1_000);
        sync(false).body("outcome", equalTo("failed"), "error.code", equalTo("not_superuser"), "error.detail",
                containsString("nothing was read or changed"), "lines.size()", is(0));
        operator().get("/api/v1/tenants/" + slug).then().body("state", equalTo("active"));
        operator().get(PATH).then().statusCode(200).body("lastRun.outcome", equalTo("failed"), "lastError.code",
                equalTo("not_superuser"), "drift", notNullValue());
        if (seesManagement()) {
            assertThat(metric("pocket_pocketbase_runs_total{outcome=\"failed\"}")).isEqualTo(failedBefore + 1);
            RestAssured.get(ready).then().statusCode(200).body("checks.find { it.name == 'pocketbase' }.status",
                    equalTo("UP"), "checks.find { it.name == 'pocketbase' }.data.lastError",
                    equalTo("not_superuser"));
        }
        pocketBase.heal();
        sync(false).body("outcome", equalTo("completed"), "counts.suspended", is(1));
    }

    @Test
    void anEmptyListChangesNothingAndIsReported() {
        for (int i = 0; i < 4; i++) {
            record(newSlug(), "active");
        }
        String slug = newSlug();
        record(slug, "active");
        sync(false).body("counts.created", is(5));
        pocketBase.fail(Fault.EMPTY_LIST, "/api/collections/tenants/records", 1_000);
        sync(false).body("outcome", equalTo("completed"), "counts.records", is(0), "warnings.size()", not(is(0)),
                "lines.findAll { it.slug == '" + slug + "' }.kind", equalTo(java.util.List.of("missing")));
        operator().get("/api/v1/tenants/" + slug).then().body("state", equalTo("active"));
        if (seesManagement()) {
            assertThat(metric("pocket_pocketbase_drift{kind=\"drift\"}")).isGreaterThanOrEqualTo(5);
        }
    }

    @Test
    void oneRunAtATime() {
        record(newSlug(), "active");
        pocketBase.fail(Fault.SLOW_DRIP, "/api/collections/tenants/records", 1);
        // Not on the common pool, which has one thread on two cores, for everybody.
        CompletableFuture<String> first = CompletableFuture
                .supplyAsync(() -> sync(true).extract().path("outcome").toString(), Thread::startVirtualThread);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> first.isCompletedExceptionally() || operator().get(PATH).path("running") != null);
        operator().body(Map.of("dryRun", true)).post(PATH + "/sync").then().statusCode(409)
                .contentType("application/problem+json").body("code", equalTo("sync_running"))
                .header("Retry-After", notNullValue());
        assertThat(first.join()).isEqualTo("completed");
        operator().get(PATH).then().body("running", nullValue());
    }

    @Test
    void badInputIsRefusedWithAPointer() {
        operator().body("{}").post(PATH + "/sync").then().statusCode(400).body("errors.pointer",
                equalTo(java.util.List.of("/dryRun")));
        operator().body("{\"dryRun\":true,\"force\":true}").post(PATH + "/sync").then().statusCode(400)
                .body("errors.pointer", equalTo(java.util.List.of("/force")));
        operator().get(PATH + "?verbose=1").then().statusCode(400).body("code", equalTo("unknown_parameter"));
        operator().get(PATH + "/report?id=1").then().statusCode(400);
    }
}
