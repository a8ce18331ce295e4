package dev.pocketagent.registry.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.key.ApiKey;
import dev.pocketagent.kit.key.KeyKind;
import dev.pocketagent.registry.RegistryTestBase;
import io.quarkus.test.junit.QuarkusTest;

@Tag("slow")
@QuarkusTest
class KeyConcurrencyTest extends RegistryTestBase {

    @Inject
    LastUse lastUse;
    @Inject
    Keys keys;
    @Inject
    RowScope rows;

    @Test
    void thirtyParallelCallersGetExactlyAsManyKeysAsThePlanAllows() throws Exception {
        // Given
        Made tenant = newTenant("starter");
        List<Future<Integer>> answers = new ArrayList<>();
        // When
        try (ExecutorService pool = Executors.newFixedThreadPool(30)) {
            for (int i = 0; i < 30; i++) {
                answers.add(pool.submit(() -> operator().body(Map.of("name", "k", "role", Roles.AGENT))
                        .post("/api/v1/tenants/" + tenant.id() + "/keys").statusCode()));
            }
        }
        // Then
        List<Integer> statuses = new ArrayList<>();
        for (Future<Integer> answer : answers) {
            statuses.add(answer.get());
        }
        assertThat(statuses).filteredOn(status -> status == 201).hasSize(10);
        assertThat(statuses).filteredOn(status -> status == 409).hasSize(20);
        operator().body(Map.of("name", "k", "role", Roles.AGENT)).post("/api/v1/tenants/" + tenant.id() + "/keys")
                .then()
                .statusCode(409).body("code", equalTo("key_limit"));
        String id = operator().get("/api/v1/tenants/" + tenant.id() + "/keys").path("items[0].id");
        operator().header("If-Match", "\"0\"").delete("/api/v1/keys/" + id).then().statusCode(204);
        operator().body(Map.of("name", "k", "role", Roles.AGENT)).post("/api/v1/tenants/" + tenant.id() + "/keys")
                .then()
                .statusCode(201);
    }

    @Test
    void aKeysLastUseIsWrittenLaterAndLeavesItsVersion() {
        // Given
        Made tenant = newTenant("team");
        var issued = issue(tenant, Roles.AGENT);
        String id = issued.extract().path("id");
        String secret = issued.extract().path("secret");
        operator().get("/api/v1/keys/" + id).then().body("lastUsedAt", nullValue());
        service().body(Map.of("sha256", ApiKey.parse(secret).orElseThrow().sha256Hex())).post("/api/v1/keys/verify")
                .then().body("code", equalTo("valid"));
        operator().get("/api/v1/keys/" + id).then().body("lastUsedAt", nullValue());
        // When
        lastUse.write();
        // Then
        operator().get("/api/v1/keys/" + id).then().body("lastUsedAt", notNullValue()).header("ETag", "\"0\"");
    }

    @Test
    void anExpiredKeyIsRefusedFromItsEndOn() {
        // Given
        Made tenant = newTenant("team");
        String end = java.time.Instant.now().plusSeconds(3).toString();
        String secret = operator().body(Map.of("name", "k", "role", Roles.TENANT_ADMIN, "expiresAt", end))
                .post("/api/v1/tenants/" + tenant.id() + "/keys").then().statusCode(201).extract().path("secret");
        with(secret).get("/api/v1/tenants").then().statusCode(200);
        // When, Then
        await().atMost(Duration.ofSeconds(30)).until(() -> with(secret).get("/api/v1/tenants").statusCode() == 401);
        service().body(Map.of("sha256", ApiKey.parse(secret).orElseThrow().sha256Hex())).post("/api/v1/keys/verify")
                .then().body("code", equalTo("expired"));
    }

    @Test
    void aKeyMadeElsewhereIsTakenOverOnce() {
        ApiKey made = ApiKey.generate(KeyKind.SERVICE);
        assertThat(rows.inAllTenants(() -> keys.adopt(made, Roles.SERVICE, "elsewhere", new TreeSet<>()))).isTrue();
        assertThat(rows.inAllTenants(() -> keys.adopt(made, Roles.SERVICE, "elsewhere", new TreeSet<>()))).isFalse();
        with(made.secret()).get("/api/v1/tenants").then().statusCode(200);
    }
}
