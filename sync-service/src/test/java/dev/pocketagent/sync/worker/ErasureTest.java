package dev.pocketagent.sync.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.sync.SyncTestBase;
import dev.pocketagent.sync.git.Folders;
import io.agroal.api.AgroalDataSource;
import io.quarkus.test.junit.QuarkusTest;

/** What is left of a tenant that the registry erased. */
@QuarkusTest
@Tag("slow")
class ErasureTest extends SyncTestBase {

    @Inject
    AgroalDataSource database;

    @Inject
    Cleanup cleanup;

    @Test
    void nothingOfAnErasedTenantIsLeftButItsIdAndWhatItsAgentsWrote() throws Exception {
        // Given
        String id = published();
        Path current = home().resolve("agents/one/current");
        assertThat(current.resolve("context/MISSION.md")).exists();
        // A process that was killed in the middle of a deletion left this.
        Files.createDirectories(stores().resolve(UUID.randomUUID() + ".git/objects"));
        Files.writeString(home().resolve("agents/notes.txt"), "an agent's own");
        assertThat(rows()).containsEntry("source", 1L).containsEntry("data_key", 1L);

        // When
        registry.publish("tenant.deleting", tenant, Map.of("state", "deleting"));
        registry.publish("tenant.purged", tenant, Map.of("state", "deleted"));

        // Then
        await().atMost(Duration.ofSeconds(30))
                .until(() -> rows().values().stream().mapToLong(Long::longValue).sum() == 0);
        with(admin).get("/api/v1/sources/" + id + "/context").then().statusCode(404);
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            assertThat(stores()).doesNotExist();
            assertThat(home().resolve("agents/one")).doesNotExist();
        });
        assertThat(home().resolve("agents/notes.txt")).hasContent("an agent's own");
        Map<String, Object> late = gitSource(newName());
        late.put("tenantId", tenant.toString());
        with(registry.issue(Roles.OPERATOR, null)).body(late).post("/api/v1/sources").then().statusCode(404);
    }

    @Test
    void whatComesBackToDiskAfterTheErasureGoesWithTheNextSweep() throws Exception {
        // Given
        published();
        Path kept = Files.createTempDirectory("kept");
        copy(stores(), kept.resolve("stores"));
        copy(home(), kept.resolve("published"));
        registry.publish("tenant.purged", tenant, Map.of("state", "deleted"));
        await().atMost(Duration.ofSeconds(30)).until(() -> !Files.exists(stores()) && !Files.exists(home()));
        copy(kept.resolve("stores"), stores());
        copy(kept.resolve("published"), home());
        Folders.delete(kept);

        // When
        cleanup.sweep();

        // Then
        assertThat(stores()).doesNotExist();
        assertThat(home()).doesNotExist();
    }

    /** The id of a source whose first revision is published to a folder. */
    private String published() {
        String name = newName();
        newRepository(name);
        Map<String, Object> body = gitSource(name);
        body.put("publishTo", "agents/one");
        String id = synced(body).getString("id");
        await().atMost(Duration.ofSeconds(30)).until(() -> Files.exists(home().resolve("agents/one/current")));
        return id;
    }

    private Path stores() {
        return places.stores().resolve(tenant.toString());
    }

    private Path home() {
        return places.published().resolve(tenant.toString());
    }

    /** How many rows each table has of the tenant, but for those that keep ids of tenants that may not come back. */
    private Map<String, Long> rows() throws SQLException {
        Map<String, Long> counts = new TreeMap<>();
        try (var connection = database.getConnection(); var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("select set_config('pocket.tenant', '*', true)");
            var tables = new ArrayList<String>();
            try (var result = statement
                    .executeQuery("select table_name from information_schema.columns where column_name"
                            + " = 'tenant_id' and table_schema = 'public'"
                            + " and table_name not in ('erased_tenant', 'suspended_tenant')")) {
                while (result.next()) {
                    tables.add(result.getString(1));
                }
            }
            for (String table : tables) {
                try (var result = statement
                        .executeQuery("select count(*) from " + table + " where tenant_id = '" + tenant + "'")) {
                    result.next();
                    counts.put(table, result.getLong(1));
                }
            }
            connection.rollback();
        }
        return counts;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isSymbolicLink(file)) {
                    Files.createSymbolicLink(target, Files.readSymbolicLink(file));
                } else if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }
}
