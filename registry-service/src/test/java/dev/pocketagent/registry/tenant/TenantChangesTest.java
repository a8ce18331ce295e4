package dev.pocketagent.registry.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.anEmptyMap;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.secret.SecretException;
import dev.pocketagent.kit.secret.Secrets;
import dev.pocketagent.registry.RegistryTestBase;
import dev.pocketagent.registry.Sql;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;

/** Plans and own limits of a tenant, external ids, and the way from deletion back or to erasure. */
@Tag("slow")
@QuarkusTest
class TenantChangesTest extends RegistryTestBase {

    @Inject
    Purger purger;
    @Inject
    Tenants tenants;
    @Inject
    TenantChanges changes;
    @Inject
    TenantMeters meters;
    @Inject
    Secrets secrets;
    @Inject
    RowScope rows;
    @Inject
    Sql sql;

    private static String path(Made tenant) {
        return "/api/v1/tenants/" + tenant.id();
    }

    private ValidatableResponse patch(Made tenant, Object body) {
        return operator().header("If-Match", "*").body(body).patch(path(tenant)).then();
    }

    private ValidatableResponse delete(Made tenant, String reason) {
        return operator().header("If-Match", "*").queryParam("reason", reason).delete(path(tenant)).then();
    }

    private ValidatableResponse step(Made tenant, String step, Map<String, String> body) {
        return operator().body(body).post(path(tenant) + "/" + step).then();
    }

    private int change(String statement) {
        return rows.inAllTenants(() -> sql.run(connection -> {
            try (var change = connection.createStatement()) {
                return change.executeUpdate(statement);
            }
        }));
    }

    private String text(String query) {
        return rows.inAllTenants(() -> sql.run(connection -> {
            try (var select = connection.createStatement(); var row = select.executeQuery(query)) {
                return row.next() ? row.getString(1) : null;
            }
        }));
    }

    @Test
    void aTenantIsMadeOnTheVersionThatIsNamed() {
        String slug = newSlug();
        operator().body(Map.of("slug", slug, "name", "N", "plan", "team@1")).post("/api/v1/tenants").then()
                .statusCode(201).body("plan", equalTo("team"), "planVersion", equalTo(1), "overrides", nullValue(),
                        "externalIds", anEmptyMap(), "overQuota", is(false), "stateChangedAt", notNullValue(),
                        "stateChangedBy", notNullValue(), "purgeAfter", nullValue());
        for (String bad : List.of("team@0", "team@99", "team@", "@1", "team@1x", "gold@1", "")) {
            operator().body(Map.of("slug", newSlug(), "name", "N", "plan", bad)).post("/api/v1/tenants").then()
                    .statusCode(400).body("errors[0].pointer", equalTo("/plan"), "errors[0].detail",
                            containsString("team@1"));
        }
        operator().body(Map.of("slug", "deleted-" + slug, "name", "N", "plan", "team")).post("/api/v1/tenants").then()
                .statusCode(400).body("errors[0].pointer", equalTo("/slug"));
    }

    @Test
    void limitsOfItsOwnGoWithAnOverridablePlanOnly() {
        // Given
        String slug = newSlug();
        String id = operator().body(Map.of("slug", slug, "name", "Own", "plan", "sovereign", "overrides",
                Map.of("stacks", 60))).post("/api/v1/tenants").then().statusCode(201)
                .body("overrides", equalTo(Map.of("stacks", 60))).extract().path("id");
        Made tenant = new Made(UUID.fromString(id), slug);
        operator().body(Map.of("slug", newSlug(), "name", "N", "plan", "team", "overrides", Map.of("stacks", 60)))
                .post("/api/v1/tenants").then().statusCode(400)
                .body("errors[0].pointer", equalTo("/overrides"), "errors[0].detail", containsString("sovereign"));
        // What is sent takes the place of all that was there.
        patch(tenant, Map.of("overrides", Map.of("memoryMib", 4096, "models", List.of("a")))).statusCode(200)
                .body("overrides", equalTo(Map.of("memoryMib", 4096, "models", List.of("a"))));
        assertThat(text("select memory_mib_limit || ' ' || stacks_limit from quota where tenant_id = '" + id + "'"))
                .isEqualTo("4096 200");
        patch(tenant, Map.of("overrides", Map.of("memoryMib", -1))).statusCode(400).body("errors[0].pointer",
                equalTo("/overrides/memoryMib"));
        patch(tenant, Map.of("overrides", Map.of("memory", 1))).statusCode(400).body("errors[0].pointer",
                equalTo("/overrides/memory"));
        patch(tenant, Map.of("overrides", Map.of("dailyBackup", false))).statusCode(400).body("errors[0].pointer",
                equalTo("/overrides/backupRetentionDays"));
        patch(tenant, Map.of("plan", "team", "overrides", Map.of("stacks", 3))).statusCode(400)
                .body("errors[0].pointer", equalTo("/overrides"));
        patch(tenant, Map.of("name", "Kept")).statusCode(200).body("overrides.memoryMib", equalTo(4096));
        patch(tenant, "{\"overrides\":null}").statusCode(200).body("overrides", nullValue());
        patch(tenant, Map.of("overrides", Map.of("stacks", 5))).statusCode(200);
        // A plan that allows none ends them, and the trail says so.
        patch(tenant, Map.of("plan", "business@1")).statusCode(200).body("overrides", nullValue(), "planVersion",
                equalTo(1));
        operator().get("/api/v1/audit?limit=1&tenant=" + id).then().body("items[0].detail.overrides.because",
                containsString("business@1 allows none"), "items[0].detail.overrides.from.stacks", equalTo(5));
        assertThat(text("select stacks_limit from quota where tenant_id = '" + id + "'")).isEqualTo("25");
    }

    @Test
    void aTenantAboveASmallerPlanIsMarkedUntilItFits() {
        // Given
        Made tenant = newTenant("team");
        change("update quota set stacks_used = 5 where tenant_id = '" + tenant.id() + "'");
        // When
        patch(tenant, Map.of("plan", "starter")).statusCode(200).body("overQuota", is(true), "plan",
                equalTo("starter"));
        // Then
        operator().get("/api/v1/tenants?overQuota=true&q=" + tenant.slug()).then().body("items.slug",
                equalTo(List.of(tenant.slug())));
        operator().get("/api/v1/tenants?overQuota=false&q=" + tenant.slug()).then().body("items", equalTo(List.of()));
        operator().get("/api/v1/tenants?overQuota=maybe").then().statusCode(400);
        String event = "items.find { it.tenantId == '" + tenant.id() + "' && it.type == 'tenant.updated' }.data";
        operator().get("/api/v1/events?limit=200&after="
                + text("select max(seq) - 100 from event").replaceAll("^-.*", "0")).then()
                .body(event + ".overQuota", is(true), event + ".plan", equalTo("starter"));
        String etag = operator().get(path(tenant)).then().header("Cache-Control", "no-store").extract().header("ETag");
        operator().header("If-None-Match", etag).get(path(tenant)).then().statusCode(200);
        change("update quota set stacks_used = 2 where tenant_id = '" + tenant.id() + "'");
        operator().header("If-None-Match", etag).get(path(tenant)).then().statusCode(304);
        operator().get("/api/v1/tenants?overQuota=false&q=" + tenant.slug()).then().body("items.overQuota",
                equalTo(List.of(false)));
    }

    @Test
    void externalIdsAreNotedAndForgotten() {
        Made tenant = newTenant("team");
        String ids = path(tenant) + "/external-ids/";
        service().body(Map.of("value", "wc4o")).put(ids + "coolify_project_uuid").then().statusCode(200)
                .header("ETag", "\"1\"").body("externalIds", equalTo(Map.of("coolify_project_uuid", "wc4o")));
        service().body(Map.of("value", "wc4o")).put(ids + "coolify_project_uuid").then().header("ETag", "\"1\"");
        service().body(Map.of("value", " ")).put(ids + "x").then().statusCode(400).body("errors[0].pointer",
                equalTo("/value"));
        service().body(Map.of("value", "v")).put(ids + "Upper").then().statusCode(400);
        service().body("{}").put(ids + "x").then().statusCode(400);
        for (int i = 0; i < 19; i++) {
            service().body(Map.of("value", "v")).put(ids + "x" + i).then().statusCode(200);
        }
        service().body(Map.of("value", "v")).put(ids + "one_more").then().statusCode(400);
        service().delete(ids + "coolify_project_uuid").then().statusCode(200).body(
                "externalIds.coolify_project_uuid", nullValue(), "externalIds.x0", equalTo("v"));
        service().delete(ids + "coolify_project_uuid").then().statusCode(200);
        operator().get("/api/v1/audit?limit=1&tenant=" + tenant.id()).then().body("items[0].action",
                equalTo("tenant.external-id"), "items[0].detail.from", equalTo("wc4o"));
    }

    @Test
    void aDeletedTenantOpensNothingAndComesBackAsItWas() {
        // Given
        Made tenant = newTenant("team");
        String admin = keyOf(tenant, Roles.TENANT_ADMIN);
        step(tenant, "suspend", Map.of("reason", "unpaid")).statusCode(200);
        operator().header("If-Match", "*").delete(path(tenant)).then().statusCode(400).body("errors[0].pointer",
                equalTo("?reason"));
        operator().queryParam("reason", "x").delete(path(tenant)).then().statusCode(428);
        // When
        delete(tenant, "contract ended").statusCode(200).body("state", equalTo("deleting"), "reason",
                equalTo("contract ended"), "purgeAfter", notNullValue(), "stateChangedBy", notNullValue());
        // Then
        Instant end = Instant.parse(operator().get(path(tenant)).path("purgeAfter"));
        assertThat(end).isBetween(Instant.now().plusSeconds(29 * 86_400), Instant.now().plusSeconds(31 * 86_400));
        with(admin).get("/api/v1/tenants").then().statusCode(401);
        delete(tenant, "again").statusCode(409).body("code", equalTo("illegal_transition"), "detail",
                containsString("possible: undelete, purge."));
        step(tenant, "resume", Map.of("reason", "x")).statusCode(409);
        step(tenant, "undelete", Map.of("reason", "a mistake")).statusCode(200).body("state", equalTo("suspended"),
                "purgeAfter", nullValue());
        step(tenant, "undelete", Map.of("reason", "x")).statusCode(409).body("detail",
                containsString("possible: resume, delete."));
        step(tenant, "resume", Map.of("reason", "paid")).statusCode(200);
        with(admin).get("/api/v1/tenants").then().statusCode(200);
        purger.purge();
        operator().get(path(tenant)).then().body("state", equalTo("active"));
    }

    @Test
    void anErasedTenantIsATombstoneWithATrailThatVerifies() throws SQLException {
        // Given
        Made tenant = newTenant("sovereign");
        String id = tenant.id().toString();
        String admin = keyOf(tenant, Roles.TENANT_ADMIN);
        patch(tenant, Map.of("overrides", Map.of("stacks", 60), "name", "Ada Lovelace")).statusCode(200);
        service().body(Map.of("value", "wc4o")).put(path(tenant) + "/external-ids/coolify_project_uuid");
        byte[] sealed = rows.inAllTenants(() -> secrets.seal(tenant.id(), "test", new byte[]{1}));
        step(tenant, "purge", Map.of("reason", "x", "confirm", tenant.slug())).statusCode(409)
                .body("code", equalTo("illegal_transition"));
        delete(tenant, "Ada asked for it").statusCode(200);
        step(tenant, "purge", Map.of("reason", "x", "confirm", "other")).statusCode(400).body("errors[0].pointer",
                equalTo("/confirm"));
        // When
        step(tenant, "purge", Map.of("reason", "Ada asked for it", "confirm", tenant.slug())).statusCode(200)
                .body("state", equalTo("deleted"), "name", equalTo("erased"), "slug",
                        equalTo("deleted-" + id.replace("-", "")),
                        "overrides", nullValue(), "externalIds", anEmptyMap(),
                        "reason", nullValue(), "purgeAfter", nullValue(), "stateChangedBy", notNullValue());
        // Then
        operator().get("/api/v1/tenants/" + tenant.slug()).then().statusCode(404);
        operator().get("/api/v1/tenants?q=ada lovelace").then().body("items", equalTo(List.of()));
        with(admin).get("/api/v1/tenants").then().statusCode(401);
        assertThat(text("select string_agg(distinct data, '') from event where tenant_id = '" + id
                + "' and type <> 'tenant.purged'")).isEqualTo("{\"erased\":true}");
        assertThat(text("select data from event where tenant_id = '" + id + "' and type = 'tenant.purged'"))
                .contains("\"deleted\"").doesNotContain("Ada");
        assertThat(text("select count(*) from data_key where tenant_id = '" + id + "'")).isEqualTo("0");
        org.assertj.core.api.Assertions
                .assertThatThrownBy(() -> rows.inAllTenants(() -> secrets.open(tenant.id(), "test", sealed)))
                .isInstanceOf(SecretException.class);
        operator().get("/api/v1/audit/verify?tenant=" + id).then().body("intact", is(true));
        String inPlatform = "items.find { it.action == 'tenant.purge' && it.target == 'tenant/" + id + "' }";
        operator().get("/api/v1/audit?limit=200&tenant=" + new UUID(0, 0)).then()
                .body(inPlatform + ".detail.plan", equalTo("sovereign@1"), inPlatform + ".detail.toString()",
                        not(containsString("Ada")));
        // The slug is free again, and nothing of the tombstone can change.
        operator().body(Map.of("slug", tenant.slug(), "name", "Next", "plan", "team")).post("/api/v1/tenants").then()
                .statusCode(201);
        patch(tenant, Map.of("name", "x")).statusCode(409).body("code", equalTo("tenant_inactive"));
        service().body(Map.of("value", "v")).put(path(tenant) + "/external-ids/x").then().statusCode(409);
        step(tenant, "undelete", Map.of("reason", "x")).statusCode(409).body("detail",
                containsString("no step is possible"));
        assertThat(text("select count(*) from data_key where tenant_id = '" + id + "'")).isEqualTo("0");
    }

    @Test
    void answersKeptForRetriesGoWithTheTenant() {
        // Given
        String slug = newSlug();
        String key = "kept/" + slug;
        String id = operator().header("Idempotency-Key", key + "/tenant")
                .body(Map.of("slug", slug, "name", "Ada Lovelace", "plan", "team")).post("/api/v1/tenants").then()
                .statusCode(201).extract().path("id");
        operator().header("Idempotency-Key", key + "/key").body(Map.of("name", "Ada's", "role", Roles.TENANT_ADMIN))
                .post("/api/v1/tenants/" + slug + "/keys").then().statusCode(201);
        operator().header("Idempotency-Key", key + "/other")
                .body(Map.of("slug", newSlug(), "name", "B", "plan", "team"))
                .post("/api/v1/tenants").then().statusCode(201);
        Made tenant = new Made(UUID.fromString(id), slug);
        String kept = "select string_agg(key, ' ' order by key) from idempotency_record where key like '" + key + "/%'";
        assertThat(text(kept)).isEqualTo("%1$s/key %1$s/other %1$s/tenant".formatted(key));
        delete(tenant, "x").statusCode(200);
        // When
        step(tenant, "purge", Map.of("reason", "x", "confirm", slug)).statusCode(200);
        // Then
        assertThat(text(kept)).isEqualTo(key + "/other");
    }

    /** As it would be with many more than a batch: here a batch is two. */
    @Test
    void tenantsThatCannotBeErasedHoldUpNoneBehindThem() {
        // Given: the names of two tombstones are taken
        List<Made> stuck = List.of(newTenant("team"), newTenant("team"));
        Made good = newTenant("team");
        Map<Made, Made> squatters = new java.util.HashMap<>();
        for (Made tenant : stuck) {
            Made squatter = newTenant("team");
            squatters.put(tenant, squatter);
            change("update tenant set slug = 'deleted-" + tenant.id().toString().replace("-", "") + "' where id = '"
                    + squatter.id() + "'");
            delete(tenant, "x").statusCode(200);
            change("update tenant set purge_after = now() - interval '9 years' where id = '" + tenant.id() + "'");
        }
        delete(good, "x").statusCode(200);
        change("update tenant set purge_after = now() - interval '1 second' where id = '" + good.id() + "'");
        // When
        new Purger(tenants, changes, meters, rows, sql, Clock.systemUTC(), new SimpleMeterRegistry(), 2).purge();
        // Then
        operator().get(path(good)).then().body("state", equalTo("deleted"));
        stuck.forEach(tenant -> operator().get(path(tenant)).then().body("state", equalTo("deleting")));
        squatters.values().forEach(squatter -> change("update tenant set slug = '" + squatter.slug() + "' where id = '"
                + squatter.id() + "'"));
        assertThat(purger.purge()).isBetween(0, 2);
        stuck.forEach(tenant -> operator().get(path(tenant)).then().body("state", equalTo("deleted")));
    }

    @Test
    void twoReplicasEraseEachTenantWhoseGraceIsOverOnce() throws Exception {
        // Given
        List<Made> due = List.of(newTenant("team"), newTenant("team"), newTenant("team"), newTenant("team"));
        Made later = newTenant("team");
        due.forEach(tenant -> delete(tenant, "x").statusCode(200));
        delete(later, "x").statusCode(200);
        due.forEach(tenant -> change("update tenant set purge_after = now() - interval '1 second' where id = '"
                + tenant.id() + "'"));
        // When
        int erased = 0;
        try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
            List<Future<Integer>> replicas = List.of(pool.submit(purger::purge), pool.submit(purger::purge));
            for (Future<Integer> replica : replicas) {
                erased += replica.get();
            }
        }
        // Then
        // Less when the job's own turn came in between.
        assertThat(erased).isBetween(0, 4);
        for (Made tenant : due) {
            operator().get(path(tenant)).then().body("state", equalTo("deleted"), "stateChangedBy", nullValue());
            assertThat(text("select count(*) from event where type = 'tenant.purged' and tenant_id = '" + tenant.id()
                    + "'")).isEqualTo("1");
        }
        operator().get(path(later)).then().body("state", equalTo("deleting"));
        meters.count();
    }
}
