package dev.pocketagent.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.testkit.toy.Heard;
import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

/** Events that a handler does not want. */
@QuarkusTest
@QuarkusTestResource(PostgresResource.class)
@QuarkusTestResource(RegistryResource.class)
class PassedEventsTest {

    private static final int MANY = 500;

    RegistryDouble registry;

    @Inject
    Schema schema;
    @Inject
    Heard heard;
    @Inject
    AgroalDataSource database;

    @Test
    void costsFewTransactionsAndIsNotToldOfThem() throws SQLException {
        // Given
        await().atMost(Duration.ofSeconds(20)).until(schema::ready);
        UUID tenant = registry.newTenant();
        registry.suspend(tenant);
        await().atMost(Duration.ofSeconds(15)).until(() -> heard.of(tenant).contains("tenant.suspended"));
        registry.away(true);
        for (int i = 0; i < MANY; i++) {
            registry.publish("plan.created", null, Map.of());
        }
        long before = number("select txid_current()");

        // When
        registry.away(false);

        // Then
        await().atMost(Duration.ofSeconds(15)).until(
                () -> number("select seq from event_cursor where consumer = 'toy-heard'") == registry.end());
        assertThat(number("select txid_current()") - before).isLessThan(MANY / 2);
        assertThat(heard.types()).doesNotContain("plan.created");
        registry.resume(tenant);
        await().atMost(Duration.ofSeconds(15)).until(() -> heard.of(tenant).getLast().equals("tenant.resumed"));
    }

    private long number(String query) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            assertThat(row.next()).isTrue();
            return row.getLong(1);
        }
    }
}
