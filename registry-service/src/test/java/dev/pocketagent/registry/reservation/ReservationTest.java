package dev.pocketagent.registry.reservation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.registry.RegistryTestBase;
import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.quota.Outcome;
import dev.pocketagent.registry.quota.Quotas;
import dev.pocketagent.registry.quota.Resource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;

/** The life of reservations, one caller at a time. */
@Tag("slow")
@QuarkusTest
class ReservationTest extends RegistryTestBase {

    @Inject
    Reaper reaper;
    @Inject
    ReservationStore store;
    @Inject
    Quotas quotas;
    @Inject
    RowScope rows;
    @Inject
    Sql sql;

    private ValidatableResponse reserve(Made tenant, Map<String, Integer> amounts, String replaces) {
        Map<String, Object> body = new HashMap<>(Map.of("holder", "stack/x", "amounts", amounts));
        if (replaces != null) {
            body.put("replaces", replaces);
        }
        return service().body(body).post("/api/v1/tenants/" + tenant.id() + "/reservations").then();
    }

    private String reserved(Made tenant, Map<String, Integer> amounts) {
        return reserve(tenant, amounts, null).statusCode(201).extract().path("id");
    }

    private ValidatableResponse step(String id, String step) {
        return service().post("/api/v1/reservations/" + id + "/" + step).then();
    }

    private String used(Made tenant, Map<String, Integer> amounts) {
        String id = reserved(tenant, amounts);
        step(id, "confirm").statusCode(200);
        return id;
    }

    private void expectFigures(Made tenant, String resource, int used, int reserved) {
        operator().get("/api/v1/tenants/" + tenant.slug() + "/quota").then().statusCode(200)
                .body("resources." + resource + ".used", equalTo(used), "resources." + resource + ".reserved",
                        equalTo(reserved));
    }

    private int change(String statement) {
        return rows.inAllTenants(() -> sql.run(connection -> {
            try (var change = connection.createStatement()) {
                return change.executeUpdate(statement);
            }
        }));
    }

    private void letLapse(String id) {
        assertThat(change("update reservation set expires_at = now() - interval '1 second' where id = '" + id + "'"))
                .isEqualTo(1);
    }

    private void move(Made tenant, String plan) {
        operator().header("If-Match", "*").body(Map.of("plan", plan)).patch("/api/v1/tenants/" + tenant.id()).then()
                .statusCode(200);
    }

    @Test
    void whatIsReservedIsConfirmedAndReleased() {
        // Given
        Made tenant = newTenant("team");
        var made = reserve(tenant, Map.of("stacks", 1, "memoryMib", 2048, "volumes", 2), null);
        String id = made.statusCode(201).header("ETag", "\"0\"")
                .body("state", equalTo("open"), "holder", equalTo("stack/x"), "amounts.stacks", equalTo(1),
                        "amounts.volumes", equalTo(2), "amounts.keys", equalTo(0), "expiresAt", notNullValue(),
                        "createdBy", notNullValue(), "tenantId", equalTo(tenant.id().toString()))
                .extract().path("id");
        expectFigures(tenant, "memoryMib", 0, 2048);
        // When, Then
        step(id, "confirm").statusCode(200).header("ETag", "\"1\"").body("state", equalTo("confirmed"), "expiresAt",
                nullValue(), "confirmedAt", notNullValue());
        step(id, "confirm").statusCode(200).header("ETag", "\"1\"");
        expectFigures(tenant, "memoryMib", 2048, 0);
        operator().get("/api/v1/tenants/" + tenant.id() + "/quota").then().body("plan", equalTo("team"), "planVersion",
                equalTo(2), "overQuota", is(false), "resources.stacks.limit", equalTo(10),
                "resources.stacks.available", equalTo(9), "resources.stacks.over", is(false));
        step(id, "release").statusCode(200).body("state", equalTo("released"), "endedAt", notNullValue());
        step(id, "release").statusCode(200).header("ETag", "\"2\"");
        expectFigures(tenant, "memoryMib", 0, 0);
        step(id, "confirm").statusCode(409).body("code", equalTo("reservation_ended"));
        operator().get("/api/v1/audit?tenant=" + tenant.id()).then().body("items.action", equalTo(List
                .of("reservation.release", "reservation.confirm", "reservation.reserve", "tenant.create")))
                .body("items[2].detail.amounts", equalTo(Map.of("stacks", 1, "memoryMib", 2048, "volumes", 2)));
    }

    @Test
    void oneResourceTooMuchRefusesAllAndSaysTheFigures() {
        Made tenant = newTenant("starter");
        used(tenant, Map.of("stacks", 1, "memoryMib", 3000));
        reserve(tenant, Map.of("stacks", 1, "memoryMib", 2000), null).statusCode(409)
                .body("code", equalTo("quota_exceeded"), "errors.pointer", equalTo(List.of("/amounts/memoryMib")),
                        "errors[0].detail", containsString("limit 4096, used 3000, reserved 0"));
        expectFigures(tenant, "stacks", 1, 0);
        reserve(tenant, Map.of("stacks", 1, "memoryMib", 1096), null).statusCode(201);
        reserve(tenant, Map.of("memoryMib", 1), null).statusCode(409);
    }

    @Test
    void badInputIsRefusedAndNothingIsHeld() {
        Made tenant = newTenant("team");
        String path = "/api/v1/tenants/" + tenant.id() + "/reservations";
        for (Map.Entry<String, String> bad : Map.of(
                "{\"amounts\":{\"stacks\":1}}", "/holder",
                "{\"holder\":\"x\"}", "/amounts",
                "{\"holder\":\"x\",\"amounts\":{}}", "/amounts",
                "{\"holder\":\"x\",\"amounts\":{\"stacks\":-1}}", "/amounts/stacks",
                "{\"holder\":\"x\",\"amounts\":{\"stacks\":1000000001}}", "/amounts/stacks",
                "{\"holder\":\"x\",\"amounts\":{\"gpus\":1}}", "/amounts/gpus",
                "{\"holder\":\"x\",\"amounts\":{\"stacks\":1.9}}", "/amounts/stacks",
                "{\"holder\":\"x\",\"amounts\":{\"stacks\":\"1\"}}", "/amounts/stacks",
                "{\"holder\":\"x\",\"amounts\":{\"stacks\":1},\"ttlSeconds\":4}", "/ttlSeconds",
                "{\"holder\":\"x\",\"amounts\":{\"stacks\":1},\"replaces\":\"" + UUID.randomUUID() + "\"}",
                "/replaces").entrySet()) {
            service().body(bad.getKey()).post(path).then().statusCode(400).body("errors.pointer",
                    hasItem(bad.getValue()));
        }
        expectFigures(tenant, "stacks", 0, 0);
        service().get(path + "?state=gone").then().statusCode(400);
        service().get(path + "?stat=open").then().statusCode(400);
        service().get(path + "?cursor=AAAA").then().statusCode(400);
        step(UUID.randomUUID().toString(), "confirm").statusCode(404);
        step("x", "release").statusCode(404);
        service().body(Map.of("holder", "x", "amounts", Map.of("stacks", 1)))
                .post("/api/v1/tenants/nobody/reservations").then().statusCode(404);
    }

    @Test
    void whatNobodyConfirmsIsFreeAgainAlsoWithoutTheReaper() {
        // Given: a caller that died between reserving and confirming
        Made tenant = newTenant("starter");
        String dead = reserved(tenant, Map.of("stacks", 2));
        reserve(tenant, Map.of("stacks", 1), null).statusCode(409);
        // When
        letLapse(dead);
        // Then
        expectFigures(tenant, "stacks", 0, 0);
        step(dead, "confirm").statusCode(409).body("code", equalTo("reservation_ended"));
        reserve(tenant, Map.of("stacks", 2), null).statusCode(201);
        expectFigures(tenant, "stacks", 0, 2);
        service().get("/api/v1/reservations/" + dead).then().body("state", equalTo("expired"), "endedAt",
                notNullValue());
        step(dead, "release").statusCode(200).body("state", equalTo("expired"));
        operator().get("/api/v1/audit?tenant=" + tenant.id()).then()
                .body("items.find { it.action == 'reservation.expire' }.actorRole", equalTo("system"));
    }

    @Test
    void theReaperEndsWhatIsOverAndNothingElse() {
        Made tenant = newTenant("team");
        String dead = reserved(tenant, Map.of("stacks", 1));
        String alive = reserved(tenant, Map.of("stacks", 1));
        letLapse(dead);
        reaper.reap();
        service().get("/api/v1/reservations/" + dead).then().body("state", equalTo("expired"));
        service().get("/api/v1/reservations/" + alive).then().body("state", equalTo("open"));
        expectFigures(tenant, "stacks", 0, 1);
    }

    /** As it would be with many more than a batch: here a batch is two. */
    @Test
    void tenantsWhoseReservationsCannotBeEndedHoldUpNoneBehindThem() {
        // Given: ids rise, so the tenants that fail stand before the other; what they would give back is not there
        List<Made> stuck = List.of(newTenant("team"), newTenant("team"));
        List<String> theirs = stuck.stream().map(tenant -> reserved(tenant, Map.of("stacks", 1))).toList();
        Made good = newTenant("team");
        String dead = reserved(good, Map.of("stacks", 1));
        stuck.forEach(tenant -> change("update quota set stacks_reserved = 0 where tenant_id = '" + tenant.id() + "'"));
        theirs.forEach(this::letLapse);
        letLapse(dead);
        // When
        new Reaper(store, quotas, rows, Clock.systemUTC(), 2).reap();
        // Then
        service().get("/api/v1/reservations/" + dead).then().body("state", equalTo("expired"));
        theirs.forEach(id -> service().get("/api/v1/reservations/" + id).then().body("state", equalTo("open")));
        stuck.forEach(tenant -> change("update quota set stacks_reserved = 1 where tenant_id = '" + tenant.id() + "'"));
        reaper.reap();
        theirs.forEach(id -> service().get("/api/v1/reservations/" + id).then().body("state", equalTo("expired")));
    }

    @Test
    void somethingIsTakenForGoodEvenWhenALapsedReservationHoldsTheRest() {
        // Given
        Made tenant = newTenant("starter");
        String dead = reserved(tenant, Map.of("keys", 10));
        // When, Then
        assertThat(rows.inAllTenants(() -> quotas.take(tenant.id(), Resource.KEYS, 1)))
                .isInstanceOf(Outcome.Exceeded.class);
        letLapse(dead);
        assertThat(rows.inAllTenants(() -> quotas.take(tenant.id(), Resource.KEYS, 10)))
                .isInstanceOf(Outcome.Granted.class);
        assertThat(rows.inAllTenants(() -> quotas.take(tenant.id(), Resource.KEYS, 1)))
                .isInstanceOf(Outcome.Exceeded.class);
        rows.inAllTenants(() -> {
            quotas.give(tenant.id(), Resource.KEYS, 11);
            return 0;
        });
        expectFigures(tenant, "keys", 0, 0);
    }

    @Test
    void makingSomethingLargerHoldsOnlyTheIncreaseAndSmallerGivesBack() {
        Made tenant = newTenant("starter");
        String first = used(tenant, Map.of("stacks", 1, "memoryMib", 2048));
        reserve(tenant, Map.of("stacks", 1, "memoryMib", 5000), first).statusCode(409).body("code",
                equalTo("quota_exceeded"));
        // Larger
        String larger = reserve(tenant, Map.of("stacks", 1, "memoryMib", 4096), first).statusCode(201).extract()
                .path("id");
        expectFigures(tenant, "memoryMib", 2048, 2048);
        expectFigures(tenant, "stacks", 1, 0);
        reserve(tenant, Map.of("stacks", 1, "memoryMib", 100), first).statusCode(409).body("code",
                equalTo("replacement_open"));
        step(larger, "confirm").statusCode(200);
        expectFigures(tenant, "memoryMib", 4096, 0);
        expectFigures(tenant, "stacks", 1, 0);
        service().get("/api/v1/reservations/" + first).then().body("state", equalTo("replaced"));
        step(first, "release").statusCode(409).body("code", equalTo("reservation_ended"));
        reserve(tenant, Map.of("stacks", 1), first).statusCode(409).body("code", equalTo("reservation_ended"));
        // Smaller
        String smaller = reserve(tenant, Map.of("stacks", 1, "memoryMib", 1024), larger).statusCode(201).extract()
                .path("id");
        expectFigures(tenant, "memoryMib", 4096, 0);
        step(smaller, "confirm").statusCode(200);
        expectFigures(tenant, "memoryMib", 1024, 0);
        // Gone, while it was to become larger again
        String pending = reserve(tenant, Map.of("stacks", 1, "memoryMib", 4000), smaller).statusCode(201).extract()
                .path("id");
        step(smaller, "release").statusCode(200).body("state", equalTo("released"));
        service().get("/api/v1/reservations/" + pending).then().body("state", equalTo("released"));
        expectFigures(tenant, "memoryMib", 0, 0);
        reserve(tenant, Map.of("stacks", 1), reserved(tenant, Map.of("stacks", 1))).statusCode(400)
                .body("errors[0].pointer", equalTo("/replaces"));
    }

    @Test
    void aTenantAboveItsPlanGetsNothingNewUntilItFits() {
        // Given
        Made tenant = newTenant("team");
        String large = used(tenant, Map.of("stacks", 1, "memoryMib", 8192));
        String second = used(tenant, Map.of("stacks", 1, "memoryMib", 1024));
        move(tenant, "starter");
        // When, Then: not even of what it has left
        operator().get("/api/v1/tenants/" + tenant.id() + "/quota").then().body("overQuota", is(true),
                "resources.memoryMib.over", is(true), "resources.keys.over", is(false));
        reserve(tenant, Map.of("sources", 1), null).statusCode(409).body("code", equalTo("over_quota"),
                "errors.pointer", equalTo(List.of("/amounts/memoryMib")));
        assertThat(rows.inAllTenants(() -> quotas.take(tenant.id(), Resource.KEYS, 1)))
                .isInstanceOf(Outcome.OverQuota.class);
        reserve(tenant, Map.of("stacks", 1, "memoryMib", 8193), large).statusCode(409).body("code",
                equalTo("over_quota"));
        // Smaller is a way back.
        String smaller = reserve(tenant, Map.of("stacks", 1, "memoryMib", 4096), large).statusCode(201).extract()
                .path("id");
        step(smaller, "confirm").statusCode(200);
        reserve(tenant, Map.of("sources", 1), null).statusCode(409).body("code", equalTo("over_quota"));
        step(second, "release").statusCode(200);
        reserve(tenant, Map.of("sources", 1), null).statusCode(201);
        operator().get("/api/v1/tenants/" + tenant.id()).then().body("overQuota", is(false));
    }

    @Test
    void aTenantThatIsNotActiveGetsNothingAndGivesBack() {
        Made tenant = newTenant("team");
        String path = "/api/v1/tenants/" + tenant.id();
        String open = reserved(tenant, Map.of("stacks", 1));
        String other = reserved(tenant, Map.of("stacks", 1));
        operator().body(Map.of("reason", "unpaid")).post(path + "/suspend").then().statusCode(200);
        reserve(tenant, Map.of("stacks", 1), null).statusCode(409).body("code", equalTo("tenant_inactive"));
        step(open, "confirm").statusCode(200);
        operator().header("If-Match", "*").delete(path + "?reason=over").then().statusCode(200);
        reserve(tenant, Map.of("stacks", 1), null).statusCode(409).body("code", equalTo("tenant_inactive"));
        step(other, "release").statusCode(200);
        // Erased, it holds nothing.
        operator().body(Map.of("reason", "now", "confirm", tenant.slug())).post(path + "/purge").then()
                .statusCode(200);
        service().get("/api/v1/reservations/" + open).then().statusCode(404);
        step(open, "release").statusCode(404);
        operator().get(path + "/quota").then().body("resources.stacks.used", equalTo(0));
        service().get(path + "/reservations").then().body("items", equalTo(List.of()));
        reserve(tenant, Map.of("stacks", 1), null).statusCode(409).body("code", equalTo("tenant_inactive"));
    }

    @Test
    void reservationsAreListedByStateAndHolderPageByPage() {
        Made tenant = newTenant("team");
        String path = "/api/v1/tenants/" + tenant.slug() + "/reservations";
        String one = used(tenant, Map.of("stacks", 1));
        String two = reserved(tenant, Map.of("stacks", 1));
        String three = service().body(Map.of("holder", "source/y", "amounts", Map.of("sources", 1))).post(path).then()
                .extract().path("id");
        service().get(path).then().body("items.id", equalTo(List.of(one, two, three)));
        service().get(path + "?state=open").then().body("items.id", equalTo(List.of(two, three)));
        service().get(path + "?holder=stack/x").then().body("items.id", equalTo(List.of(one, two)));
        String next = service().get(path + "?limit=2").then().body("items.id", equalTo(List.of(one, two))).extract()
                .path("nextCursor");
        service().get(path + "?limit=2&cursor=" + next).then().body("items.id", equalTo(List.of(three)), "nextCursor",
                nullValue());
        // A tenant's admin sees its own and nobody else's.
        String admin = keyOf(tenant, Roles.TENANT_ADMIN);
        with(admin).get("/api/v1/reservations/" + one).then().statusCode(200);
        with(admin).get(path).then().body("items.size()", equalTo(3));
        String stranger = keyOf(newTenant("team"), Roles.TENANT_ADMIN);
        with(stranger).get("/api/v1/reservations/" + one).then().statusCode(404);
        with(stranger).get(path).then().statusCode(404);
        with(stranger).get("/api/v1/tenants/" + tenant.id() + "/quota").then().statusCode(404);
    }

    @Test
    void aRepeatedRequestHoldsNothingTwice() {
        Made tenant = newTenant("team");
        String key = UUID.randomUUID().toString();
        Map<String, Object> body = Map.of("holder", "x", "amounts", Map.of("stacks", 1));
        String path = "/api/v1/tenants/" + tenant.id() + "/reservations";
        String id = service().header("Idempotency-Key", key).body(body).post(path).then().extract().path("id");
        service().header("Idempotency-Key", key).body(body).post(path).then().statusCode(201).body("id", equalTo(id));
        expectFigures(tenant, "stacks", 0, 1);
    }
}
