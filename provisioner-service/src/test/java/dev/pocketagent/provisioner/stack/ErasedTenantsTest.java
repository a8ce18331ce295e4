package dev.pocketagent.provisioner.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.inject.Inject;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.provisioner.Sql;
import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.Change;
import dev.pocketagent.provisioner.operation.GatedBackend;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;

/** Of a tenant that the registry has erased nothing is left but its id. */
@Tag("slow")
@QuarkusTest
class ErasedTenantsTest extends StackApiTestBase {

    @Inject
    Sql sql;
    @Inject
    RowScope rows;
    @Inject
    GatedBackend gated;
    @Inject
    ErasedTenants erased;

    @AfterEach
    void openTheGate() {
        gated.gate = GatedBackend.OPEN;
    }

    @Test
    void secretsWithTheirKeyStacksAndHistoryGo() {
        // Given
        ValidatableResponse made = apply(admin, "site", Map.of("secrets", Map.of("TOKEN", SECRET)));
        finished(admin, made);
        finished(admin, apply(admin, "other", Map.of()));
        Path bundle = bundleOf(UUID.fromString(made.extract().path("stackId")));
        assertThat(kept(tenant)).contains("data_key", "stack", "stack_secret", "operation", "operation_step");

        // When
        erase();

        // Then
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(kept(tenant)).isEmpty());
        assertThat(bundle).doesNotExist();
    }

    @Test
    void aSecondEventChangesNothingAndNobodyElseIsTouched() {
        // Given
        UUID neighbour = registry.newTenant();
        String theirs = registry.issue(Roles.TENANT_ADMIN, neighbour);
        Map<String, Object> parameters = Map.of("secrets", Map.of("TOKEN", SECRET));
        finished(theirs, apply(theirs, "site", parameters));
        List<String> before = kept(neighbour);
        finished(admin, apply(admin, "site", parameters));
        erase();
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(kept(tenant)).isEmpty());

        // When
        erase();
        UUID last = registry.newTenant();
        tenant = last;
        admin = registry.issue(Roles.TENANT_ADMIN, last);
        finished(admin, apply(admin, "site", parameters));
        erase();

        // Then: the feed went on past the repeated event
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(kept(last)).isEmpty());
        assertThat(kept(neighbour)).isEqualTo(before);
        assertThat(finished(theirs, apply(theirs, "site", parameters))).containsEntry("state", "succeeded")
                .containsEntry("mutatingCalls", 0);
    }

    @Test
    void nothingIsMadeForItAnyMore() {
        // Given: a caller whose key and plan are still believed
        finished(admin, apply(admin, "site", Map.of()));
        erase();
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(kept(tenant)).isEmpty());

        // When
        ValidatableResponse late = apply(admin, "late", Map.of("secrets", Map.of("TOKEN", SECRET)));

        // Then
        late.statusCode(404).body("code", equalTo("not_found"));
        assertThat(kept(tenant)).isEmpty();
    }

    @Test
    void whatABackendWouldNotGiveUpIsTriedAgain() {
        // Given
        finished(admin, with(admin).body(Map.of("name", "site", "template", "web", "backend", "gated", "parameters",
                Map.of("secrets", Map.of("TOKEN", SECRET)))).post(STACKS).then().statusCode(202));
        gated.gate = (change, progress) -> {
            if (change instanceof Change.RemoveContainer) {
                throw new BackendException(BackendException.Kind.FAILED, "the engine's disk is full");
            }
        };
        erase();
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> with(operator).get(STACKS + "?tenant=" + tenant)
                .then().body("items.state", equalTo(List.of("failed"))));
        assertThat(kept(tenant)).contains("stack").doesNotContain("data_key", "stack_secret");
        gated.gate = GatedBackend.OPEN;

        // When
        erased.tryAgain();

        // Then
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(kept(tenant)).isEmpty());
    }

    private void erase() {
        registry.publish("tenant.purged", tenant, Map.of("state", "deleted"));
    }

    /** The tables that have rows of a tenant, but for the one that says that it is erased. */
    private List<String> kept(UUID owner) {
        return rows.inAllTenants(() -> sql.list("""
                select table_name from information_schema.columns
                where table_schema = current_schema() and column_name = 'tenant_id' and table_name <> 'erased_tenant'
                order by 1""", row -> row.getString(1)).stream()
                .filter(table -> sql.first("select 1 from " + table + " where tenant_id = ? limit 1",
                        row -> 1, owner).isPresent())
                .toList());
    }
}
