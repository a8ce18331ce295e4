package dev.pocketagent.router.usage;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.inject.Inject;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.router.gateway.UpstreamResource;
import dev.pocketagent.testkit.PostgresResource;
import dev.pocketagent.testkit.RegistryDouble;
import dev.pocketagent.testkit.RegistryResource;
import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;

/** The erasure of a tenant, as the registry's feed tells of it. */
@Tag("slow")
@QuarkusTest
@QuarkusTestResource(PostgresResource.class)
@QuarkusTestResource(RegistryResource.class)
@QuarkusTestResource(UpstreamResource.class)
class ErasedTenantsTest {

    RegistryDouble registry;

    @Inject
    UsageRecorder recorder;

    @Inject
    ErasedTenants erasure;

    @Inject
    AgroalDataSource database;

    private final String model = "model-" + UUID.randomUUID();
    private UUID tenant;
    private UUID other;
    private String operator;

    @BeforeEach
    void twoTenants() {
        tenant = registry.newTenant();
        other = registry.newTenant();
        operator = registry.issue(Roles.OPERATOR, null);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> given().auth().oauth2(operator).get("/api/v1/usage").statusCode() == 200);
    }

    @Test
    void ofAnErasedTenantOnlySumsAreLeft() {
        // Given
        recorder.add(row(tenant, 10, UsageRow.Source.REPORTED));
        recorder.add(row(tenant, 20, UsageRow.Source.ESTIMATED));
        recorder.add(row(other, 5, UsageRow.Source.REPORTED));
        await().atMost(Duration.ofSeconds(30)).until(() -> requests(tenant) == 2 && requests(other) == 1);
        var before = sums();

        // When
        purge(tenant);

        // Then
        await().atMost(Duration.ofSeconds(30)).until(() -> requests(tenant) == 0);
        assertThat(requests(other)).isEqualTo(1);
        assertThat(before).containsEntry("requests", 3).containsEntry("inputTokens", 35)
                .containsEntry("costMicros", 350);
        assertThat(sums()).as("an operator's sums still agree with the providers' bills").isEqualTo(before);
    }

    @Test
    void erasingAgainChangesNothing() {
        // Given
        recorder.add(row(tenant, 10, UsageRow.Source.REPORTED));
        await().atMost(Duration.ofSeconds(30)).until(() -> requests(tenant) == 1);
        var before = sums();
        purge(tenant);
        await().atMost(Duration.ofSeconds(30)).until(() -> requests(tenant) == 0);

        // When
        purge(tenant);

        // Then: a later event is done, so this one is, too
        recorder.add(row(other, 0, UsageRow.Source.NONE));
        await().atMost(Duration.ofSeconds(30)).until(() -> requests(other) == 1);
        purge(other);
        await().atMost(Duration.ofSeconds(30)).until(() -> requests(other) == 0);
        assertThat(sums()).containsEntry("requests", 2).containsEntry("inputTokens", before.get("inputTokens"));
    }

    @Test
    void aRowThatComesAfterTheErasureIsDropped() {
        // Given
        recorder.add(row(tenant, 10, UsageRow.Source.REPORTED));
        await().atMost(Duration.ofSeconds(30)).until(() -> requests(tenant) == 1);
        purge(tenant);
        await().atMost(Duration.ofSeconds(30)).until(() -> requests(tenant) == 0);

        // When
        recorder.add(row(tenant, 1, UsageRow.Source.REPORTED));
        recorder.add(row(other, 1, UsageRow.Source.REPORTED));

        // Then
        await().atMost(Duration.ofSeconds(30)).until(() -> requests(other) == 1);
        assertThat(requests(tenant)).isZero();
    }

    @Test
    void whatACrashInterruptedGoesOnAndCountsEachRowOnce() throws SQLException {
        // Given: more than one batch, of which a killed process erased the first
        int count = ErasedTenants.AT_ONCE + 7;
        try (var connection = database.getConnection(); var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("SELECT set_config('pocket.tenant', '*', true)");
            statement.executeUpdate(
                    "INSERT INTO model_usage SELECT gen_random_uuid(), '2026-01-31T23:59:59Z', '" + tenant
                            + "', gen_random_uuid(), 'x', '" + model
                            + "', 'p', 1, 2, 3, 'reported', 'ok', 1, false FROM generate_series(1, " + count + ")");
            connection.commit();
        }
        erasure.eraseSome(tenant);
        assertThat(rows("model_usage")).isEqualTo(7);

        // When
        purge(tenant);

        // Then
        await().atMost(Duration.ofSeconds(30)).until(() -> rows("model_usage") == 0);
        assertThat(summary("?from=2026-01-31T00:00:00Z&to=2026-02-01T00:00:00Z"))
                .containsEntry("requests", count).containsEntry("costMicros", 3 * count);
        assertThat(summary("?from=2026-01-31T00:00:01Z&to=2026-02-02T00:00:00Z")).as("a day counts where it begins")
                .isEmpty();
        assertThat(given().auth().oauth2(registry.issue(Roles.TENANT_ADMIN, other)).get("/api/v1/usage/summary"
                + "?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z").jsonPath().getList("models"))
                .as("the sums are the platform's").isEmpty();
    }

    private UsageRow row(UUID whose, long inputTokens, UsageRow.Source source) {
        return new UsageRow(Ids.next(Clock.systemUTC()), Instant.now(), whose, UUID.randomUUID(), "request", model,
                "provider", inputTokens, 1, inputTokens * 10, source, UsageRow.Status.OK, 12, true);
    }

    private void purge(UUID whose) {
        registry.publish("tenant.purged", whose, Map.of("state", "deleted"));
    }

    private int requests(UUID whose) {
        return given().auth().oauth2(operator).get("/api/v1/usage?tenant=" + whose).jsonPath().getList("items").size();
    }

    private Map<String, Object> sums() {
        return summary("");
    }

    private Map<String, Object> summary(String query) {
        JsonPath summary = given().auth().oauth2(operator).get("/api/v1/usage/summary" + query).jsonPath();
        List<Map<String, Object>> models = summary.getList("models");
        return models.stream().filter(each -> model.equals(each.get("model"))).findFirst().orElse(Map.of());
    }

    private long rows(String table) throws SQLException {
        try (var connection = database.getConnection(); var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("SELECT set_config('pocket.tenant', '*', true)");
            try (var result = statement
                    .executeQuery("SELECT count(*) FROM " + table + " WHERE tenant_id = '" + tenant + "'")) {
                result.next();
                return result.getLong(1);
            } finally {
                connection.rollback();
            }
        }
    }
}
