package dev.pocketagent.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.key.ApiKey;
import dev.pocketagent.kit.key.KeyKind;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;

/** What people and services do with the registry, over HTTP only: so it runs on the packaged application, too. */
@QuarkusTest
class JourneyTest extends RegistryTestBase {

    private ValidatableResponse verify(String secret) {
        String digest = ApiKey.parse(secret).orElseThrow().sha256Hex();
        return service().body(Map.of("sha256", digest)).post("/api/v1/keys/verify").then().statusCode(200);
    }

    @Test
    void aTenantIsMadeFoundChangedSuspendedAndResumed() {
        String slug = newSlug();
        Response made = operator().body(Map.of("slug", slug, "name", "Acme " + slug, "plan", "starter"))
                .post("/api/v1/tenants");
        String id = made.then().statusCode(201).header("ETag", "\"0\"")
                .body("slug", equalTo(slug), "plan", equalTo("starter"), "planVersion", equalTo(2), "state",
                        equalTo("active"), "reason", nullValue(), "version", equalTo(0), "createdAt", notNullValue())
                .extract().path("id");
        assertThat(UUID.fromString(id).version()).isEqualTo(7);
        assertThat(made.header("Location")).endsWith("/api/v1/tenants/" + id);

        operator().get("/api/v1/tenants/" + slug).then().statusCode(200).header("ETag", "\"0\"").body("id",
                equalTo(id));
        operator().header("If-None-Match", "\"0\"").get("/api/v1/tenants/" + id).then().statusCode(304);
        operator().get("/api/v1/tenants?q=ACME " + slug.toUpperCase()).then().statusCode(200)
                .body("items.id", equalTo(List.of(id)), "nextCursor", nullValue());

        String path = "/api/v1/tenants/" + id;
        operator().body(Map.of("plan", "team")).patch(path).then().statusCode(428);
        operator().header("If-Match", "\"7\"").body(Map.of("plan", "team")).patch(path).then().statusCode(412);
        operator().header("If-Match", "\"0\"").body(Map.of("plan", "team", "name", "New")).patch(path).then()
                .statusCode(200).header("ETag", "\"1\"").body("plan", equalTo("team"), "name", equalTo("New"));
        operator().header("If-Match", "\"1\"").body(Map.of("plan", "team")).patch(path).then().statusCode(200)
                .header("ETag", "\"1\"");

        operator().body(Map.of("reason", "unpaid")).post(path + "/suspend").then().statusCode(200)
                .header("ETag", "\"2\"").body("state", equalTo("suspended"), "reason", equalTo("unpaid"));
        operator().body(Map.of("reason", "again")).post(path + "/suspend").then().statusCode(409)
                .contentType("application/problem+json")
                .body("code", equalTo("illegal_transition"), "detail", containsString("possible: resume, delete."));
        operator().body(Map.of("reason", "paid")).post(path + "/resume").then().statusCode(200).body("state",
                equalTo("active"));
        operator().body(Map.of("reason", "paid")).post(path + "/resume").then().statusCode(409).body("detail",
                containsString("possible: suspend, delete."));

        operator().get("/api/v1/audit?tenant=" + id).then().statusCode(200)
                .body("items.action",
                        equalTo(List.of("tenant.resume", "tenant.suspend", "tenant.update", "tenant.create")))
                .body("items[1].detail.reason", equalTo("unpaid"), "items.actorRole", everyItem(equalTo("operator")))
                .body("items[0].previousHash", equalTo(operator().get("/api/v1/audit?tenant=" + id).path(
                        "items[1].hash")));
        operator().get("/api/v1/audit/verify?tenant=" + id).then().statusCode(200).body("intact", is(true),
                "tenants[0].rows", equalTo(4), "tenants[0].firstBreak", nullValue());
    }

    @Test
    void aSlugIsTakenOnceAndARetryWithTheSameKeyMakesNoSecond() {
        String slug = newSlug();
        Map<String, String> body = Map.of("slug", slug, "name", "Once", "plan", "team");
        String key = UUID.randomUUID().toString();
        String id = operator().header("Idempotency-Key", key).body(body).post("/api/v1/tenants").then().statusCode(201)
                .extract().path("id");
        operator().header("Idempotency-Key", key).body(body).post("/api/v1/tenants").then().statusCode(201)
                .header("Idempotency-Replayed", "true").header("ETag", "\"0\"").body("id", equalTo(id));
        operator().body(body).post("/api/v1/tenants").then().statusCode(409).body("code", equalTo("slug_taken"));
        operator().get("/api/v1/audit?tenant=" + id).then().body("items.size()", equalTo(1));
    }

    @Test
    void badInputNamesTheFieldAndNothingIsStored() {
        String slug = newSlug();
        String good = "{\"slug\":\"%s\",\"name\":\"n\",\"plan\":\"team\"%s}";
        for (String bad : List.of("-a", "A", "a_b", "a-", "", "9a", "a".repeat(41), "a b", "\\u0000")) {
            operator().body(good.formatted(bad, "")).post("/api/v1/tenants").then().statusCode(400)
                    .body("code", equalTo("invalid_input"), "errors.pointer", hasItem("/slug"));
        }
        operator().body(good.formatted(slug, ",\"state\":\"active\"")).post("/api/v1/tenants").then().statusCode(400)
                .body("errors[0].pointer", equalTo("/state"));
        operator().body(Map.of("slug", slug, "plan", "team")).post("/api/v1/tenants").then().statusCode(400)
                .body("errors.pointer", hasItem("/name"));
        operator().body(Map.of("slug", slug, "name", "a\u0000b", "plan", "team")).post("/api/v1/tenants").then()
                .statusCode(400).body("errors.pointer", hasItem("/name"));
        operator().body(Map.of("slug", slug, "name", "n", "plan", "gold")).post("/api/v1/tenants").then()
                .statusCode(400).body("errors[0].pointer", equalTo("/plan"), "errors[0].detail",
                        containsString("starter, team, business, sovereign"));
        operator().body("null").post("/api/v1/tenants").then().statusCode(400);
        operator().body("").post("/api/v1/tenants").then().statusCode(400);
        operator().get("/api/v1/tenants/" + slug).then().statusCode(404).body("code", equalTo("not_found"));

        Made tenant = newTenant("team");
        String path = "/api/v1/tenants/" + tenant.id();
        operator().header("If-Match", "\"0\"").body("{}").patch(path).then().statusCode(400);
        operator().header("If-Match", "\"0\"").body("{\"name\":\" \"}").patch(path).then().statusCode(400);
        operator().header("If-Match", "\"0\"").body("{\"slug\":\"x\"}").patch(path).then().statusCode(400)
                .body("errors[0].pointer", equalTo("/slug"));
        operator().body("{}").post(path + "/suspend").then().statusCode(400).body("errors[0].pointer",
                equalTo("/reason"));
        operator().get("/api/v1/tenants?stat=active").then().statusCode(400)
                .body("code", equalTo("unknown_parameter"), "detail", containsString("state"));
        operator().get("/api/v1/tenants?state=gone").then().statusCode(400).body("detail",
                containsString("active, suspended"));
        operator().urlEncodingEnabled(false).get("/api/v1/tenants?q=%00").then().statusCode(400);
        operator().urlEncodingEnabled(false).get("/api/v1/tenants?plan=%00").then().statusCode(400);
        operator().get("/api/v1/tenants?cursor=AAAA").then().statusCode(400);
        operator().get("/api/v1/tenants?limit=0").then().statusCode(400);
        operator().urlEncodingEnabled(false).get("/api/v1/tenants/%00").then().statusCode(404);
        operator().get("/api/v1/audit?tenant=acme").then().statusCode(400);
        operator().get("/api/v1/events?after=-1").then().statusCode(400);
        operator().get("/api/v1/events?wait=61s").then().statusCode(400);
    }

    @Test
    void aListIsReadPageByPageWithoutGapsOrRepeats() {
        String prefix = newSlug() + "p";
        List<String> slugs = List.of(prefix + "1", prefix + "2", prefix + "3", prefix + "4", prefix + "5");
        slugs.forEach(slug -> operator().body(Map.of("slug", slug, "name", "Page", "plan",
                slug.endsWith("3") ? "business" : "starter")).post("/api/v1/tenants").then().statusCode(201));

        Response one = operator().get("/api/v1/tenants?limit=2&q=" + prefix);
        Response two = operator().get("/api/v1/tenants?limit=2&q=" + prefix + "&cursor=" + one.path("nextCursor"));
        Response three = operator().get("/api/v1/tenants?limit=2&q=" + prefix + "&cursor=" + two.path("nextCursor"));

        one.then().body("items.slug", equalTo(slugs.subList(0, 2)));
        two.then().body("items.slug", equalTo(slugs.subList(2, 4)));
        three.then().body("items.slug", equalTo(slugs.subList(4, 5)), "nextCursor", nullValue());
        operator().get("/api/v1/tenants?plan=business&state=active&q=" + prefix).then().body("items.slug",
                equalTo(List.of(prefix + "3")));
        operator().get("/api/v1/tenants?state=suspended&q=" + prefix).then().body("items", equalTo(List.of()));
    }

    @Test
    void plansSayWhatATenantMayUse() {
        operator().get("/api/v1/plans").then().statusCode(200)
                // Behind them are those that other tests have made.
                .body("items.name[0..3]", equalTo(List.of("starter", "team", "business", "sovereign")),
                        "items.limits.stacks[0..3]", equalTo(List.of(2, 10, 25, 200)));
        operator().get("/api/v1/plans/business").then().statusCode(200).body("version", equalTo(1),
                "limits.plan", equalTo("business"), "limits.dailyBackup", is(true), "limits.models",
                equalTo(List.of("*")));
        // A stack with OpenClaw needs at least 1.5 GiB.
        List<Map<String, Object>> plans = operator().get("/api/v1/plans").path("items.limits[0..3]");
        assertThat(plans).allSatisfy(plan -> assertThat((int) plan.get("memoryMib"))
                .isGreaterThanOrEqualTo((int) plan.get("stacks") * 1536));
        // And three volumes, as the template has it.
        assertThat(plans).allSatisfy(plan -> assertThat((int) plan.get("volumes"))
                .isGreaterThanOrEqualTo((int) plan.get("stacks") * 3));
        operator().get("/api/v1/plans/gold").then().statusCode(404);
    }

    @Test
    void aKeyIsShownOnceWorksAndEndsWhenRevoked() {
        Made tenant = newTenant("team");
        Response made = operator().body(Map.of("name", "laptop", "role", Roles.TENANT_DEVELOPER, "scopes",
                List.of("router:write", "registry:read"))).post("/api/v1/tenants/" + tenant.slug() + "/keys");
        String id = made.then().statusCode(201).header("ETag", "\"0\"")
                .body("kind", equalTo("tn"), "tenantId", equalTo(tenant.id().toString()), "scopes",
                        equalTo(List.of("registry:read", "router:write")), "expiresAt", nullValue(), "revokedAt",
                        nullValue())
                .extract().path("id");
        String secret = made.path("secret");
        assertThat(made.header("Location")).endsWith("/api/v1/keys/" + id);
        assertThat(ApiKey.parse(secret).orElseThrow().kind()).isEqualTo(KeyKind.TENANT);
        assertThat(secret).startsWith((String) made.path("start"));

        verify(secret).body("code", equalTo("valid"), "key.keyId", equalTo(id), "key.role",
                equalTo("tenant-developer"), "key.kind", equalTo("TENANT"), "key.tenantSlug", equalTo(tenant.slug()),
                "key.tenantState", equalTo("active"), "key.plan.plan", equalTo("team"), "key.plan.stacks",
                equalTo(10), "key.scopes", hasItems("registry:read", "router:write"));
        with(secret).get("/api/v1/tenants/" + tenant.id()).then().statusCode(200);

        String list = operator().get("/api/v1/tenants/" + tenant.id() + "/keys").then().statusCode(200)
                .body("items.id", equalTo(List.of(id))).extract().asString();
        assertThat(list).doesNotContain(secret).doesNotContain("secret").doesNotContain("sha256");
        operator().get("/api/v1/keys/" + id).then().statusCode(200).header("ETag", "\"0\"").body("secret",
                nullValue());

        operator().delete("/api/v1/keys/" + id).then().statusCode(428);
        operator().header("If-Match", "\"0\"").delete("/api/v1/keys/" + id).then().statusCode(204);
        verify(secret).body("code", equalTo("revoked"), "key", nullValue());
        with(secret).get("/api/v1/tenants").then().statusCode(401);
        operator().header("If-Match", "\"1\"").delete("/api/v1/keys/" + id).then().statusCode(204);
        operator().get("/api/v1/audit?tenant=" + tenant.id()).then()
                .body("items.action", equalTo(List.of("key.revoke", "key.create", "tenant.create")))
                .body("items.detail.toString()", not(containsString(secret)));
    }

    @Test
    void aRepeatedCreateGivesTheSameSecret() {
        Made tenant = newTenant("team");
        String key = UUID.randomUUID().toString();
        Map<String, String> body = Map.of("name", "agent", "role", Roles.AGENT);
        String path = "/api/v1/tenants/" + tenant.id() + "/keys";
        String secret = service().header("Idempotency-Key", key).body(body).post(path).then().statusCode(201)
                .body("kind", equalTo("ag")).extract().path("secret");
        service().header("Idempotency-Key", key).body(body).post(path).then().statusCode(201).body("secret",
                equalTo(secret));
        service().get(path).then().body("items.size()", equalTo(1));
    }

    @Test
    void keysAreGivenOnlyByThoseWhoMayAndOnlyRolesThatFit() {
        Made tenant = newTenant("team");
        String path = "/api/v1/tenants/" + tenant.id() + "/keys";
        String admin = keyOf(tenant, Roles.TENANT_ADMIN);
        String agentKey = with(admin).body(Map.of("name", "x", "role", Roles.AGENT)).post(path).then().statusCode(201)
                .extract().path("id");
        with(admin).body(Map.of("name", "x", "role", Roles.OPERATOR)).post(path).then().statusCode(400)
                .body("errors[0].pointer", equalTo("/role"));
        service().body(Map.of("name", "x", "role", Roles.TENANT_ADMIN)).post(path).then().statusCode(403);
        with(keyOf(tenant, Roles.TENANT_DEVELOPER)).body(Map.of("name", "x", "role", Roles.AGENT)).post(path).then()
                .statusCode(403);
        operator().body(Map.of("name", "x", "role", Roles.AGENT)).post("/api/v1/keys").then().statusCode(400);
        operator().body(Map.of("name", "x", "role", Roles.AGENT, "expiresAt", "2020-01-01T00:00:00Z")).post(path)
                .then().statusCode(400).body("errors[0].pointer", equalTo("/expiresAt"));
        operator().body(Map.of("name", "x", "role", Roles.AGENT, "scopes", List.of("Bad Scope"))).post(path).then()
                .statusCode(400);
        String adminId = operator().get(path).path("items[0].id");
        service().header("If-Match", "\"0\"").delete("/api/v1/keys/" + adminId).then().statusCode(403);
        service().header("If-Match", "\"0\"").delete("/api/v1/keys/" + agentKey).then().statusCode(204);
        operator().get("/api/v1/keys").then().statusCode(200).body("items.name",
                hasItems("first operator", "provisioner"), "items.tenantId", everyItem(nullValue()));
    }

    @Test
    void anotherTenantsThingsDoNotExist() {
        Made mine = newTenant("team");
        Made other = newTenant("team");
        String admin = keyOf(mine, Roles.TENANT_ADMIN);
        String foreignKey = issue(other, Roles.AGENT).extract().path("id");

        String foreign = with(admin).get("/api/v1/tenants/" + other.slug()).then().statusCode(404).extract()
                .path("detail");
        String unknown = with(admin).get("/api/v1/tenants/nobody").then().statusCode(404).extract().path("detail");
        assertThat(foreign.replace(other.slug(), "*")).isEqualTo(unknown.replace("nobody", "*"));
        with(admin).get("/api/v1/tenants/" + other.id()).then().statusCode(404);
        with(admin).get("/api/v1/tenants").then().body("items.slug", equalTo(List.of(mine.slug())));
        with(admin).get("/api/v1/tenants?q=" + other.slug()).then().body("items", equalTo(List.of()));
        with(admin).get("/api/v1/tenants/" + other.id() + "/keys").then().statusCode(404);
        with(admin).body(Map.of("name", "x", "role", Roles.AGENT)).post("/api/v1/tenants/" + other.id() + "/keys")
                .then().statusCode(404);
        with(admin).get("/api/v1/keys/" + foreignKey).then().statusCode(404);
        with(admin).header("If-Match", "\"0\"").delete("/api/v1/keys/" + foreignKey).then().statusCode(404);
        with(admin).get("/api/v1/audit").then().statusCode(200).body("items.tenantId",
                everyItem(equalTo(mine.id().toString())));
        with(admin).get("/api/v1/audit?tenant=" + other.id()).then().statusCode(404);
        operator().get("/api/v1/keys/" + foreignKey).then().statusCode(200).body("revokedAt", nullValue());
    }

    @Test
    void aSuspendedTenantsKeysSaySoAtOnceAndWorkAgainAfterwards() {
        Made tenant = newTenant("team");
        String admin = keyOf(tenant, Roles.TENANT_ADMIN);
        with(admin).get("/api/v1/tenants").then().statusCode(200);

        operator().body(Map.of("reason", "abuse")).post("/api/v1/tenants/" + tenant.id() + "/suspend").then()
                .statusCode(200);

        with(admin).get("/api/v1/tenants").then().statusCode(403).contentType("application/problem+json")
                .body("code", equalTo("tenant_suspended"));
        verify(admin).body("code", equalTo("tenant_suspended"), "key", nullValue());
        operator().body(Map.of("reason", "settled")).post("/api/v1/tenants/" + tenant.id() + "/resume").then()
                .statusCode(200);
        with(admin).get("/api/v1/tenants").then().statusCode(200);
        verify(admin).body("code", equalTo("valid"));
    }

    @Test
    void unknownAndMalformedQuestionsAboutKeysAreAnswered() {
        verify(ApiKey.generate(KeyKind.AGENT).secret()).body("code", equalTo("unknown"));
        verify(first.operator()).body("code", equalTo("valid"), "key.role", equalTo("operator"), "key.tenantId",
                nullValue(), "key.plan", nullValue());
        service().body(Map.of("sha256", "abc")).post("/api/v1/keys/verify").then().statusCode(400)
                .body("errors[0].pointer", equalTo("/sha256"));
        operator().body(Map.of("sha256", "0".repeat(64))).post("/api/v1/keys/verify").then().statusCode(403);
    }

    @Test
    void theFeedTellsWhatHappenedInOrder() {
        int before = operator().get("/api/v1/events?after=latest").then().statusCode(200)
                .body("items", equalTo(List.of())).extract().path("next");
        Made tenant = newTenant("team");
        String keyId = issue(tenant, Roles.AGENT).extract().path("id");
        operator().header("If-Match", "\"0\"").delete("/api/v1/keys/" + keyId).then().statusCode(204);
        operator().body(Map.of("reason", "why")).post("/api/v1/tenants/" + tenant.id() + "/suspend");

        String mine = "items.findAll { it.tenantId == '" + tenant.id() + "' }";
        Response feed = service().get("/api/v1/events?limit=200&after=" + before);

        feed.then().statusCode(200)
                .body(mine + ".type",
                        equalTo(List.of("tenant.created", "key.created", "key.revoked", "tenant.suspended")))
                .body(mine + "[1].data.keyId", equalTo(keyId), mine + "[3].data.state", equalTo("suspended"), mine
                        + "[3].data.reason", equalTo("why"), mine + "[0].data.slug", equalTo(tenant.slug()),
                        mine
                                + ".at",
                        everyItem(notNullValue()));
        int next = feed.path("next");
        service().get("/api/v1/events?limit=1&after=" + before).then().body("items.size()", equalTo(1));
        service().get("/api/v1/events?after=" + next).then().body("items", equalTo(List.of()), "next", equalTo(next));
    }

    @Test
    void aTenantUsesItsQuotaIsDeletedHadBackAndErased() {
        String plan = newSlug();
        operator().body(
                "{\"rank\":1000,\"overridable\":true,\"limits\":{\"stacks\":2,\"cpuMillis\":2000,\"memoryMib\":4096,"
                        + "\"diskMib\":1024,\"volumes\":4,\"keys\":5,\"sources\":1,\"requestsPerMinute\":60,"
                        + "\"tokensPerMinute\":1000,\"monthlyBudgetMicros\":0,\"models\":[\"*\"],\"templates\":[\"web\"],"
                        + "\"dailyBackup\":false,\"backupRetentionDays\":0}}")
                .post("/api/v1/plans/" + plan + "/versions")
                .then().statusCode(201).body("version", equalTo(1));
        Made tenant = newTenant(plan + "@1");
        String path = "/api/v1/tenants/" + tenant.id();
        operator().header("If-Match", "\"0\"").body(Map.of("overrides", Map.of("stacks", 3))).patch(path).then()
                .statusCode(200).body("overrides", equalTo(Map.of("stacks", 3)));

        String id = service().body(Map.of("holder", "stack/x", "amounts", Map.of("stacks", 3)))
                .post(path + "/reservations").then().statusCode(201).extract().path("id");
        service().body(Map.of("holder", "stack/y", "amounts", Map.of("stacks", 1))).post(path + "/reservations").then()
                .statusCode(409).body("code", equalTo("quota_exceeded"));
        service().post("/api/v1/reservations/" + id + "/confirm").then().statusCode(200);
        operator().get(path + "/quota").then().body("resources.stacks", equalTo(Map.of("limit", 3, "used", 3,
                "reserved", 0, "available", 0, "over", false)));
        operator().header("If-Match", "\"1\"").body("{\"overrides\":null}").patch(path).then().statusCode(200)
                .body("overQuota", is(true));
        service().body(Map.of("value", "wc4o")).put(path + "/external-ids/coolify_project_uuid").then().statusCode(200);

        operator().header("If-Match", "\"3\"").delete(path + "?reason=over").then().statusCode(200).body("state",
                equalTo("deleting"), "purgeAfter", notNullValue());
        operator().body(Map.of("reason", "a mistake")).post(path + "/undelete").then().statusCode(200).body("state",
                equalTo("active"));
        operator().header("If-Match", "\"5\"").delete(path + "?reason=over").then().statusCode(200);
        operator().body(Map.of("reason", "asked for", "confirm", tenant.slug())).post(path + "/purge").then()
                .statusCode(200).body("state", equalTo("deleted"), "name", equalTo("erased"));
        operator().get("/api/v1/audit/verify?tenant=" + tenant.id()).then().body("intact", is(true));
    }

    @Test
    void withoutAKeyNothingOpens() {
        io.restassured.RestAssured.given().get("/api/v1/tenants").then().statusCode(401).header("WWW-Authenticate",
                startsWith("Bearer"));
        with("pocket_op_nonsense").get("/api/v1/tenants").then().statusCode(401);
    }
}
