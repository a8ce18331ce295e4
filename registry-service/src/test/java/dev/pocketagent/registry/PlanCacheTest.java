package dev.pocketagent.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;

import jakarta.inject.Inject;

import org.hibernate.SessionFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import io.quarkus.test.junit.QuarkusTest;

/** What is called again and again adds no entry to Hibernate's cache of query plans at each call. */
@QuarkusTest
@Tag("slow")
class PlanCacheTest extends RegistryTestBase {

    private static final int ROUNDS = 20;

    @Inject
    SessionFactory hibernate;

    private void round() {
        Made tenant = newTenant("team");
        with(keyOf(tenant, Roles.TENANT_ADMIN)).header("Idempotency-Key", "a")
                .body(Map.of("url", "http://127.0.0.1:9/", "events", List.of("tenant.*"))).post("/api/v1/webhooks")
                .then()
                .statusCode(201);
    }

    @Test
    void aSecondCallFindsThePlansOfTheFirst() {
        // Given
        var statistics = hibernate.getStatistics();
        statistics.setStatisticsEnabled(true);
        round();
        long before = statistics.getQueryPlanCacheMissCount();
        // When
        for (int i = 0; i < ROUNDS; i++) {
            round();
        }
        // Then: loops of the service may look for the first time meanwhile
        long missed = statistics.getQueryPlanCacheMissCount() - before;
        statistics.setStatisticsEnabled(false);
        assertThat(missed).isLessThan(ROUNDS);
    }
}
