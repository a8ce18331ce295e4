package dev.pocketagent.testkit;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.inject.Inject;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.testkit.toy.Heard;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.specification.RequestSpecification;

/** A service whose registry is restored from an older dump. */
@QuarkusTest
@QuarkusTestResource(PostgresResource.class)
@QuarkusTestResource(RegistryResource.class)
@Tag("slow")
class RestoredRegistryTest {

    private static final Duration SOON = Duration.ofSeconds(15);

    RegistryDouble registry;

    @Inject
    Schema schema;
    @Inject
    Heard heard;

    UUID tenant;
    UUID other;
    String key;
    String keyOfOther;
    int dumped;

    /** Both loops have heard of a suspension that the dump does not have. */
    @BeforeEach
    void aheadOfTheDump() {
        await().atMost(Duration.ofSeconds(20)).until(schema::ready);
        tenant = registry.newTenant();
        other = registry.newTenant();
        key = registry.issue(Roles.TENANT_ADMIN, tenant);
        keyOfOther = registry.issue(Roles.TENANT_ADMIN, other);
        toys(keyOfOther).get("/api/v1/toys").then().statusCode(200);
        registry.publish("plan.created", null, Map.of());
        dumped = registry.end();
        registry.suspend(other);
        await().atMost(SOON).until(() -> heard.of(other).contains("tenant.suspended"));
        await().atMost(SOON).until(() -> toys(keyOfOther).get("/api/v1/toys").statusCode() == 403);
        toys(key).get("/api/v1/toys").then().statusCode(200);
    }

    @AfterEach
    void back() {
        registry.away(false);
    }

    private static RequestSpecification toys(String key) {
        return given().header("Authorization", "Bearer " + key);
    }

    @Test
    void takesOverThePresentStateOfAllTenantsAndMissesNothingAfterIt() {
        // When
        registry.restore(dumped, Map.of(tenant, "suspended", other, "active"));
        // Then: what was heard is put right, remembered keys are asked anew, and news come as before
        await().atMost(SOON).until(() -> heard.of(tenant).equals(List.of("tenant.suspended")));
        assertThat(heard.of(other)).containsExactly("tenant.suspended", "tenant.resumed");
        await().atMost(SOON).untilAsserted(() -> toys(key).get("/api/v1/toys").then().statusCode(403)
                .body("code", equalTo("tenant_suspended")));
        await().atMost(SOON).until(() -> toys(keyOfOther).get("/api/v1/toys").statusCode() == 200);
        registry.resume(tenant);
        await().atMost(SOON).until(() -> heard.of(tenant).getLast().equals("tenant.resumed"));
        await().atMost(SOON).until(() -> toys(key).get("/api/v1/toys").statusCode() == 200);
    }

    @Test
    void noticesItAlsoWhenTheFeedHasGrownPastItsPlaceAgain() {
        // Given
        registry.away(true);
        registry.restore(dumped, Map.of(other, "active"));
        // When: at the place where the consumers are stands another event when they come back
        registry.suspend(tenant);
        registry.publish("plan.created", null, Map.of());
        registry.away(false);
        // Then
        await().atMost(SOON).until(() -> heard.of(tenant).contains("tenant.suspended"));
        assertThat(heard.of(other)).containsExactly("tenant.suspended", "tenant.resumed");
        await().atMost(SOON).until(() -> toys(key).get("/api/v1/toys").statusCode() == 403);
        await().atMost(SOON).until(() -> toys(keyOfOther).get("/api/v1/toys").statusCode() == 200);
    }

    @Test
    void noticesASecondRestoreThoughItHeardOfNothingSinceTheFirst() {
        // Given
        registry.restore(dumped, Map.of(other, "active"));
        await().atMost(SOON).until(() -> heard.of(other).contains("tenant.resumed"));
        registry.away(true);
        registry.restore(dumped - 1, Map.of());
        // When: the first of these stands where the consumers are
        registry.suspend(tenant);
        registry.publish("plan.created", null, Map.of());
        registry.away(false);
        // Then
        await().atMost(SOON).until(() -> heard.of(tenant).contains("tenant.suspended"));
        await().atMost(SOON).until(() -> toys(key).get("/api/v1/toys").statusCode() == 403);
    }

    @Test
    void goesOnUndisturbedWhenTheRegistryWasOnlyAway() {
        // Given
        registry.away(true);
        // When
        registry.away(false);
        registry.publish("tenant.updated", tenant, Map.of());
        // Then: it is told what happened, and nothing twice
        await().atMost(SOON).until(() -> heard.of(tenant).contains("tenant.updated"));
        assertThat(heard.of(tenant)).containsExactly("tenant.updated");
        assertThat(heard.of(other)).containsExactly("tenant.suspended");
    }
}
