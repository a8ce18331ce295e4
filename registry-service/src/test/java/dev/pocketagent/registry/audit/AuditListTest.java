package dev.pocketagent.registry.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.http.Cursor;
import dev.pocketagent.registry.RegistryTestBase;
import dev.pocketagent.registry.Sql;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;

/** The filters of the trail, alone and together, and a cursor under them while rows are appended. */
@QuarkusTest
@Tag("slow")
class AuditListTest extends RegistryTestBase {

    @Inject
    AuditLog audit;
    @Inject
    RowScope rows;
    @Inject
    Sql sql;

    private void append(UUID tenant, UUID actor, String action, String target) {
        rows.inTenant(tenant, () -> audit.append(tenant, new Actor(actor, "operator"), action, target, Map.of()));
    }

    private static List<String> seen(Response page) {
        List<String> actions = page.path("items.action");
        List<String> targets = page.path("items.target");
        List<String> both = new ArrayList<>();
        for (int i = 0; i < actions.size(); i++) {
            both.add(actions.get(i) + " " + targets.get(i));
        }
        return both;
    }

    @Test
    void eachFilterLetsThroughWhatItNamesInOneTenantAndInAll() {
        // Given
        Made one = newTenant("team");
        Made two = newTenant("team");
        UUID ada = UUID.randomUUID();
        UUID bob = UUID.randomUUID();
        String mark = "m" + UUID.randomUUID().toString().replace("-", "");
        append(one.id(), ada, mark + ".open", "door/1");
        append(two.id(), bob, mark + ".open", "door/2");
        append(one.id(), bob, mark + ".close", "door/" + mark);
        append(two.id(), ada, mark + ".shut.fast", "door/2");
        append(two.id(), ada, mark, "door/2");
        append(two.id(), ada, mark + "x.open", "door/2");
        // When, then
        assertThat(seen(operator().get("/api/v1/audit?action=" + mark + ".open"))).containsExactly(
                mark + ".open door/2", mark + ".open door/1");
        assertThat(seen(operator().get("/api/v1/audit?action=" + mark + ".*"))).containsExactly(
                mark + ".shut.fast door/2", mark + ".close door/" + mark, mark + ".open door/2",
                mark + ".open door/1");
        assertThat(seen(operator().get("/api/v1/audit?action=" + mark + ".*&tenant=" + one.id()))).containsExactly(
                mark + ".close door/" + mark, mark + ".open door/1");
        assertThat(seen(operator().get("/api/v1/audit?action=" + mark + ".open&tenant=" + one.id()))).containsExactly(
                mark + ".open door/1");
        assertThat(seen(operator().get("/api/v1/audit?actor=" + ada))).containsExactly(mark + "x.open door/2",
                mark + " door/2", mark + ".shut.fast door/2", mark + ".open door/1");
        assertThat(seen(operator().get("/api/v1/audit?actor=" + ada + "&action=" + mark + ".*"))).containsExactly(
                mark + ".shut.fast door/2", mark + ".open door/1");
        assertThat(seen(operator().get("/api/v1/audit?target=door/" + mark))).containsExactly(
                mark + ".close door/" + mark);
        assertThat(seen(operator().get("/api/v1/audit?target=door/2&actor=" + bob))).containsExactly(
                mark + ".open door/2");
        assertThat(seen(operator().get("/api/v1/audit?action=" + mark + ".none.*"))).isEmpty();
    }

    @Test
    void fromIsInAndToIsOut() {
        // Given
        Made tenant = newTenant("team");
        UUID ada = UUID.randomUUID();
        for (int i = 0; i < 3; i++) {
            append(tenant.id(), ada, "test.time", "t/" + i);
        }
        List<String> times = operator().get("/api/v1/audit?actor=" + ada).path("items.at");
        Instant middle = Instant.parse(times.get(1));
        // When, then
        for (String scope : List.of("?actor=" + ada, "?actor=" + ada + "&tenant=" + tenant.id(),
                "?action=test.*&actor=" + ada)) {
            assertThat(seen(operator().get("/api/v1/audit" + scope + "&from=" + middle))).containsExactly(
                    "test.time t/2", "test.time t/1");
            assertThat(seen(operator().get("/api/v1/audit" + scope + "&to=" + middle))).containsExactly(
                    "test.time t/0");
            assertThat(seen(operator().get("/api/v1/audit" + scope + "&from=" + middle + "&to=" + middle))).isEmpty();
        }
    }

    @Test
    void aCursorGoesOnWithoutGapsOrRepeatsWhileRowsAreAppended() {
        Made tenant = newTenant("team");
        UUID ada = UUID.randomUUID();
        for (String scope : List.of("?tenant=" + tenant.id() + "&action=test.*", "?action=test.*&actor=" + ada,
                "?actor=" + ada)) {
            // Given
            List<String> wanted = new ArrayList<>();
            for (int i = 0; i < 7; i++) {
                append(tenant.id(), ada, i % 2 == 0 ? "test.even" : "test.odd", "n/" + i);
            }
            wanted.addAll(seen(operator().get("/api/v1/audit" + scope + "&limit=200")));
            // When
            List<String> read = new ArrayList<>();
            String cursor = "";
            while (cursor != null) {
                Response page = operator().get("/api/v1/audit" + scope + "&limit=2" + cursor);
                page.then().statusCode(200);
                read.addAll(seen(page));
                append(tenant.id(), ada, "test.odd", "late");
                String next = page.path("nextCursor");
                cursor = next == null ? null : "&cursor=" + next;
            }
            // Then
            assertThat(read).isEqualTo(wanted);
        }
    }

    @Test
    void aTenantsKeySeesItsOwnRowsUnderEveryFilter() {
        Made mine = newTenant("team");
        Made other = newTenant("team");
        String key = keyOf(mine, Roles.TENANT_ADMIN);
        for (String filter : List.of("", "?action=tenant.create", "?action=tenant.*", "?from=2020-01-01T00:00:00Z",
                "?action=tenant.*&from=2020-01-01T00:00:00Z")) {
            with(key).get("/api/v1/audit" + filter).then().statusCode(200).body("items.tenantId",
                    everyItem(equalTo(mine.id().toString())), "items[-1].action", equalTo("tenant.create"));
        }
        with(key).get("/api/v1/audit?target=tenant/" + other.id()).then().statusCode(200).body("items",
                equalTo(List.of()));
        with(key).get("/api/v1/audit?tenant=" + other.id()).then().statusCode(404);
        with(key).get("/api/v1/audit/export?tenant=" + other.id()).then().statusCode(404);
    }

    @Test
    void rowsSayWhatTenantAndKeyAreCalledAsFarAsTheCallerMaySee() {
        // Given
        Made tenant = newTenant("team");
        String admin = with(first.operator()).body(Map.of("name", "laptop of Ada", "role", Roles.TENANT_ADMIN))
                .post("/api/v1/tenants/" + tenant.id() + "/keys").path("secret");
        with(admin).body(Map.of("name", "another", "role", Roles.AGENT))
                .post("/api/v1/tenants/" + tenant.id() + "/keys").then().statusCode(201);
        append(tenant.id(), UUID.randomUUID(), "test.stranger", "t/1");
        String list = "/api/v1/audit?action=key.create&tenant=" + tenant.id();
        // When
        Response all = operator().get(list);
        Response own = with(admin).get(list);
        // Then
        all.then().statusCode(200).body("items.tenantSlug", everyItem(equalTo(tenant.slug())))
                .body("items.tenantId", everyItem(equalTo(tenant.id().toString())))
                .body("items[0].actorName", equalTo("laptop of Ada"));
        String operatorsName = all.path("items[1].actorName");
        assertThat(operatorsName).isNotEmpty();
        own.then().statusCode(200).body("items[0].actorName", equalTo("laptop of Ada"));
        assertThat(own.<Map<String, Object>>path("items[1]")).as("keys of the platform have no names for tenants")
                .containsKey("actorKeyId").doesNotContainKey("actorName");
        assertThat(operator().get("/api/v1/audit?action=test.stranger&tenant=" + tenant.id())
                .<Map<String, Object>>path("items[0]")).doesNotContainKey("actorName");
        String line = operator().get("/api/v1/audit/export?format=jsonl&tenant=" + tenant.id()).asString();
        assertThat(line).as("exports are by ids").contains("\"actorKeyId\"").doesNotContain("actorName", "tenantSlug");
    }

    @Test
    void aPurgedTenantIsShownByItsId() {
        // Given
        Made tenant = newTenant("team");
        keyOf(tenant, Roles.TENANT_ADMIN);
        String path = "/api/v1/tenants/" + tenant.id();
        operator().header("If-Match", "*").delete(path + "?reason=bye").then().statusCode(200);
        operator().body(Map.of("reason", "asked for", "confirm", tenant.slug())).post(path + "/purge").then()
                .statusCode(200);
        // When
        List<Map<String, Object>> found = operator().get("/api/v1/audit?tenant=" + tenant.id()).path("items");
        // Then
        assertThat(found).hasSizeGreaterThan(2).allSatisfy(
                row -> assertThat(row).containsEntry("tenantId", tenant.id().toString())
                        .doesNotContainKey("tenantSlug"));
    }

    @Test
    void whatCannotBeMeantIsRefused() {
        Map<String, String> wrong = Map.ofEntries(Map.entry("tenant=acme", "?tenant"),
                Map.entry("tenant=1-1-1-1-1", "?tenant"), Map.entry("action=", "?action"),
                Map.entry("action=*", "?action"), Map.entry("action=a*", "?action"),
                Map.entry("action=a.*.b", "?action"), Map.entry("action=%00", "?action"),
                Map.entry("action=" + "a".repeat(200), "?action"), Map.entry("actor=me", "?actor"),
                Map.entry("target=", "?target"), Map.entry("target=%0A", "?target"),
                Map.entry("from=yesterday", "?from"), Map.entry("from=2026-11-21", "?from"),
                Map.entry("to=2026-11-21T00:00:00", "?to"), Map.entry("to=%2B999999999-12-31T23:59:59Z", "?to"),
                Map.entry("from=2026-11-22T00:00:00Z&to=2026-11-21T00:00:00Z", "?from"));
        wrong.forEach((query, pointer) -> {
            for (String path : List.of("/api/v1/audit?", "/api/v1/audit/export?")) {
                operator().urlEncodingEnabled(false).get(path + query).then().statusCode(400).body("errors[0].pointer",
                        equalTo(pointer));
            }
        });
        operator().get("/api/v1/audit?cursor=AAAA").then().statusCode(400);
        for (String time : List.of("+999999999-12-31T00:00:00Z", "-999999999-01-01T00:00:00Z", "now")) {
            operator().get("/api/v1/audit?cursor=" + Cursor.encode(time, UUID.randomUUID().toString(), "99")).then()
                    .statusCode(400).body("errors[0].pointer", equalTo("?cursor"));
        }
        operator().get("/api/v1/audit?actions=x").then().statusCode(400).body("code", equalTo("unknown_parameter"),
                "detail", containsString("action"));
        operator().get("/api/v1/audit/export?limit=3").then().statusCode(400);
        operator().get("/api/v1/audit/export?format=xml").then().statusCode(400).body("errors[0].pointer",
                equalTo("?format"));
    }

    @Test
    void everyFilterIsServedByAnIndex() {
        // Given: plans as for a table of ten million rows, as far as a small one can show them.
        UUID id = UUID.randomUUID();
        Map<AuditFilter, String> indexes = Map.of(
                new AuditFilter(null, "key.create", null, null, null, null), "audit_row_action",
                new AuditFilter(null, null, id, null, null, null), "audit_row_actor",
                new AuditFilter(null, null, null, "key/1", null, null), "audit_row_target",
                new AuditFilter(null, null, null, null, Instant.EPOCH, Instant.EPOCH), "audit_row_at",
                new AuditFilter(id, "key.*", id, "key/1", null, null), "audit_row_pkey");
        indexes.forEach((filter, index) -> {
            // When
            AuditFilter.Condition where = filter.where();
            String plan = rows.inAllTenants(() -> {
                sql.keepToIndexes();
                return sql.run(connection -> {
                    try (var explain = connection.prepareStatement("explain select * from audit_row where "
                            + where.text() + " order by "
                            + (filter.tenant() == null ? "at desc, tenant_id desc, seq desc" : "seq desc")
                            + " limit 51")) {
                        for (int i = 0; i < where.values().size(); i++) {
                            explain.setObject(i + 1, where.values().get(i));
                        }
                        StringBuilder text = new StringBuilder();
                        try (var lines = explain.executeQuery()) {
                            while (lines.next()) {
                                text.append(lines.getString(1)).append('\n');
                            }
                        }
                        return text.toString();
                    }
                });
            });
            // Then
            assertThat(plan).contains("using " + index).contains("Index Cond");
        });
    }
}
