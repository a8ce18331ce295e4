package dev.pocketagent.registry.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.equalTo;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.inject.Inject;

import org.awaitility.Awaitility;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.registry.RegistryTestBase;
import dev.pocketagent.registry.SuperUser;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;

/** The trail as a file: what is in it, who took it, and what happens when it cannot be finished. */
@QuarkusTest
@Tag("slow")
class AuditExportTest extends RegistryTestBase {

    @Inject
    AuditLog audit;
    @Inject
    RowScope rows;
    @ConfigProperty(name = "pocket.db.url")
    String url;
    @TestHTTPResource
    URL base;

    @Test
    void csvHoldsAllRowsOfTheFilterNewestFirstAndNoFormulas() {
        // Given
        Made tenant = newTenant("team");
        rows.inTenant(tenant.id(), () -> audit.append(tenant.id(), Actor.SYSTEM, "test.csv", "=cmd|'/c calc'!A1",
                Map.of("name", "say \"hi\", Ada")));
        // When
        Response csv = operator().get("/api/v1/audit/export?tenant=" + tenant.id() + "&action=test.*");
        // Then
        csv.then().statusCode(200).header("Content-Type", equalTo("text/csv;charset=UTF-8;header=present"));
        assertThat(csv.header("Content-Disposition")).matches("attachment; filename=\"audit-\\d{8}T\\d{6}Z\\.csv\"");
        List<String> lines = csv.asString().lines().toList();
        assertThat(csv.asString()).endsWith("\r\n");
        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst())
                .isEqualTo("tenantId,seq,at,actorKeyId,actorRole,action,target,detail,hash,previousHash");
        assertThat(lines.getLast()).startsWith(tenant.id() + ",2,").contains(",,system,test.csv,'=cmd|'/c calc'!A1,"
                + "\"{\"\"name\"\":\"\"say \\\"\"hi\\\"\", Ada\"\"}\",");
    }

    @Test
    void jsonLinesAreTheRowsOfTheListMoreThanOnePieceOfThem() throws IOException {
        // Given
        Made tenant = newTenant("team");
        rows.inTenant(tenant.id(), () -> {
            for (int i = 0; i < 2100; i++) {
                audit.append(tenant.id(), Actor.SYSTEM, "test.many", "test", Map.of("number", i));
            }
            return 0;
        });
        for (String scope : List.of("tenant=" + tenant.id() + "&action=test.many", "action=test.many",
                "action=test.*&from=2020-01-01T00:00:00Z")) {
            // When
            Response lines = operator().get("/api/v1/audit/export?format=jsonl&" + scope);
            // Then
            lines.then().statusCode(200).header("Content-Type", equalTo("application/jsonl"));
            List<Integer> numbers = new ArrayList<>();
            for (String line : lines.asString().lines().toList()) {
                JsonNode row = new ObjectMapper().readTree(line);
                if (row.path("action").asText().equals("test.many")) {
                    numbers.add(row.path("detail").path("number").asInt());
                }
            }
            assertThat(numbers).hasSize(2100).doesNotHaveDuplicates().isSortedAccordingTo((a, b) -> b - a);
        }
    }

    @Test
    void theExportIsRecordedWithItsFilterWhereWhatWasTakenBelongs() {
        // Given
        Made tenant = newTenant("team");
        String key = keyOf(tenant, Roles.TENANT_ADMIN);
        String before = operator().get("/api/v1/audit?limit=1&action=audit.export").path("items[0].hash");
        // When
        with(key).get("/api/v1/audit/export?format=jsonl&from=2026-01-01T00:00:00Z").then().statusCode(200);
        UUID unknown = UUID.randomUUID();
        operator().get("/api/v1/audit/export?tenant=" + unknown).then().statusCode(200);
        operator().get("/api/v1/audit/export?action=nothing.here").then().statusCode(200);
        // Then
        operator().get("/api/v1/audit?limit=1&action=audit.export&tenant=" + tenant.id()).then()
                .body("items[0].actorRole", equalTo("tenant-admin"), "items[0].detail",
                        equalTo(Map.of("format", "jsonl",
                                "filter", Map.of("tenant", tenant.id().toString(), "from", "2026-01-01T00:00:00Z"))));
        Response newest = operator().get("/api/v1/audit?limit=1&action=audit.export");
        newest.then().body("items[0].tenantId", equalTo(AuditLog.PLATFORM.toString()), "items[0].detail",
                equalTo(Map.of("format", "csv", "filter", Map.of("action", "nothing.here"))));
        assertThat((String) newest.path("items[0].hash")).isNotEqualTo(before);
        operator().get("/api/v1/audit?tenant=" + unknown).then().body("items", equalTo(List.of()));
    }

    private UUID manyRows(int count) throws SQLException {
        UUID tenant = UUID.randomUUID();
        SuperUser.run(url, """
                insert into audit_row (tenant_id, seq, at, actor_role, action, target, detail, previous_hash, hash)
                select '%s', n, now(), 'system', 'test.bulk', 'test', '{"text":"' || repeat('x', 800) || '"}',
                       sha256(n::text::bytea), sha256(n::text::bytea)
                from generate_series(1, %d) n""".formatted(tenant, count),
                "insert into audit_head (tenant_id, seq, hash) values ('%s', %d, sha256('x'))".formatted(tenant,
                        count));
        return tenant;
    }

    private int busyConnections() throws SQLException {
        try (var connection = java.sql.DriverManager.getConnection(url, "postgres", "");
                var query = connection.createStatement();
                var row = query.executeQuery("""
                        select count(*) from pg_stat_activity
                        where usename = 'pocket' and (state <> 'idle' or backend_xmin is not null)""")) {
            row.next();
            return row.getInt(1);
        }
    }

    @Test
    void aReaderThatStopsHoldsNothingInTheDatabaseAndAnExportThatFailsIsBrokenOff() throws Exception {
        // Given
        UUID tenant = manyRows(30_000);
        try (HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            HttpResponse<InputStream> export = http.send(HttpRequest.newBuilder(
                    URI.create(base + "api/v1/audit/export?format=jsonl&tenant=" + tenant).normalize())
                    .header("Authorization", "Bearer " + first.operator()).build(),
                    HttpResponse.BodyHandlers.ofInputStream());
            assertThat(export.statusCode()).isEqualTo(200);
            try (InputStream body = export.body()) {
                assertThat(body.readNBytes(1000)).hasSize(1000);
                // The pipes are full, and the export waits for its reader.
                Awaitility.await().during(Duration.ofMillis(500)).atMost(Duration.ofSeconds(20))
                        .until(() -> busyConnections() == 0);
                // When
                SuperUser.run(url, "revoke select on audit_row from pocket");
                // Then
                assertThatThrownBy(body::readAllBytes).isInstanceOf(IOException.class);
            }
        } finally {
            SuperUser.run(url, "grant select on audit_row to pocket",
                    "delete from audit_row where tenant_id = '" + tenant + "'",
                    "delete from audit_head where tenant_id = '" + tenant + "'");
        }
    }

    @Test
    void anExportThatCannotBeginIsAProblem() throws SQLException {
        Made tenant = newTenant("team");
        SuperUser.run(url, "revoke select on data_key from pocket");
        try {
            operator().get("/api/v1/audit/export?tenant=" + tenant.id()).then().statusCode(500)
                    .contentType("application/problem+json").body("code", equalTo("internal"));
        } finally {
            SuperUser.run(url, "grant select on data_key to pocket");
        }
    }
}
