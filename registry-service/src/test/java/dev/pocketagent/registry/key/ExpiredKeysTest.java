package dev.pocketagent.registry.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import java.sql.PreparedStatement;
import java.util.ArrayList;
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
import dev.pocketagent.registry.RegistryTestBase;
import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.quota.Quotas;
import dev.pocketagent.registry.quota.Resource;
import io.quarkus.test.junit.QuarkusTest;

@Tag("slow")
@QuarkusTest
class ExpiredKeysTest extends RegistryTestBase {

    @Inject
    RowScope rows;
    @Inject
    Sql sql;
    @Inject
    Quotas quotas;
    @Inject
    Keys keys;
    @Inject
    ExpiredKeys expiredKeys;

    /** As if the time had passed. */
    private void change(UUID key, String what) {
        int changed = rows.inAllTenants(() -> sql.run(connection -> {
            try (PreparedStatement update = connection
                    .prepareStatement("update api_key set " + what + " where id = ?")) {
                update.setObject(1, key);
                return update.executeUpdate();
            }
        }));
        assertThat(changed).isEqualTo(1);
    }

    private UUID newKey(Made tenant) {
        return UUID.fromString(issue(tenant, Roles.AGENT).extract().path("id"));
    }

    private UUID expiredKey(Made tenant) {
        UUID key = newKey(tenant);
        change(key, "expires_at = now() - interval '1 second'");
        return key;
    }

    private int keysUsed(Made tenant) {
        return rows.inTenant(tenant.id(), () -> quotas.read(tenant.id()).used().of(Resource.KEYS));
    }

    private List<String> toldOf(Made tenant, int after) {
        List<String> told = new ArrayList<>();
        int next = after;
        while (true) {
            var page = service().get("/api/v1/events?limit=200&after=" + next);
            told.addAll(page.<List<String>>path("items.findAll { it.tenantId == '" + tenant.id()
                    + "' && it.type == 'key.expired' }.data.keyId"));
            int end = page.path("next");
            if (end == next) {
                return told;
            }
            next = end;
        }
    }

    private int endOfFeed() {
        return operator().get("/api/v1/events?after=latest").path("next");
    }

    @Test
    void expiredKeysAreGivenBackAndToldOnceHoweverManyReplicasLook() throws Exception {
        // Given
        Made tenant = newTenant("team");
        Made other = newTenant("starter");
        int before = endOfFeed();
        List<String> expired = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            expired.add(expiredKey(tenant).toString());
        }
        newKey(tenant);
        UUID elsewhere = expiredKey(other);
        List<Future<Integer>> replicas = new ArrayList<>();
        // When
        try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
            for (int i = 0; i < 4; i++) {
                replicas.add(pool.submit(() -> new ExpiredKeys(keys, rows).settle()));
            }
        }
        for (Future<Integer> replica : replicas) {
            replica.get();
        }
        expiredKeys.settle();
        // Then
        assertThat(toldOf(tenant, before)).containsExactlyInAnyOrderElementsOf(expired);
        assertThat(toldOf(other, before)).containsExactly(elsewhere.toString());
        assertThat(keysUsed(tenant)).isEqualTo(1);
        assertThat(keysUsed(other)).isZero();
        operator().get("/api/v1/audit?limit=200&tenant=" + other.id()).then().body("items[0].action",
                equalTo("key.expire"), "items[0].actorRole", equalTo("system"));
        operator().get("/api/v1/tenants/" + other.id() + "/keys?state=expired").then().body("items.id",
                equalTo(List.of(elsewhere.toString())), "items[0].state", equalTo("expired"));
        operator().body("{}").post("/api/v1/keys/" + elsewhere + "/rotate").then().statusCode(409).body("code",
                equalTo("key_ended"));
    }

    @Test
    void theNextKeyTakesTheExpiredOnesPlaceAtOnce() {
        // Given
        Made tenant = newTenant("starter");
        int before = endOfFeed();
        for (int i = 0; i < 9; i++) {
            newKey(tenant);
        }
        UUID expired = expiredKey(tenant);
        // When
        newKey(tenant);
        // Then
        assertThat(keysUsed(tenant)).isEqualTo(10);
        operator().body(Map.of("name", "k", "role", Roles.AGENT)).post("/api/v1/tenants/" + tenant.id() + "/keys")
                .then().statusCode(409).body("code", equalTo("key_limit"));
        expiredKeys.settle();
        assertThat(toldOf(tenant, before)).containsExactly(expired.toString());
        assertThat(keysUsed(tenant)).isEqualTo(10);
        operator().header("If-Match", "*").delete("/api/v1/keys/" + expired).then().statusCode(204);
        assertThat(keysUsed(tenant)).as("given back once").isEqualTo(10);
    }

    @Test
    void aRotatedKeysOverlapEndsWithoutGivingAnythingBack() {
        Made tenant = newTenant("team");
        int before = endOfFeed();
        UUID old = newKey(tenant);
        operator().body("{}").post("/api/v1/keys/" + old + "/rotate").then().statusCode(201);
        change(old, "expires_at = now() - interval '1 second'");
        expiredKeys.settle();
        assertThat(toldOf(tenant, before)).containsExactly(old.toString());
        assertThat(keysUsed(tenant)).isEqualTo(1);
    }

    @Test
    void whatTheVersionBeforeRevokedWithoutGivingBackIsGivenBackLater() {
        Made tenant = newTenant("team");
        UUID revoked = newKey(tenant);
        newKey(tenant);
        change(revoked, "revoked_at = now()");
        assertThat(keysUsed(tenant)).isEqualTo(2);
        expiredKeys.settle();
        assertThat(keysUsed(tenant)).isEqualTo(1);
    }

    @Test
    void aPlatformsKeyIsToldOfToo() {
        int before = endOfFeed();
        UUID key = UUID.fromString(operator().body(Map.of("name", "n", "role", Roles.AUDITOR)).post("/api/v1/keys")
                .path("id"));
        change(key, "expires_at = now() - interval '1 second'");
        expiredKeys.settle();
        service().get("/api/v1/events?limit=200&after=" + before).then().body(
                "items.findAll { it.type == 'key.expired' && it.data.keyId == '" + key + "' }.size()", equalTo(1));
    }
}
