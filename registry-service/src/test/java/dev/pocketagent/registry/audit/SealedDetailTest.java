package dev.pocketagent.registry.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.inject.Inject;

import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.registry.RegistryTestBase;
import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.SuperUser;
import io.quarkus.test.junit.QuarkusTest;

/** What rows say of a tenant, before and after its data key is destroyed. */
@QuarkusTest
class SealedDetailTest extends RegistryTestBase {

    @Inject
    AuditLog audit;
    @Inject
    RowScope rows;
    @Inject
    Sql sql;
    @ConfigProperty(name = "pocket.db.url")
    String url;

    private List<String> stored(UUID tenant) {
        return rows.inTenant(tenant, () -> sql.run(connection -> {
            List<String> details = new ArrayList<>();
            try (var statement = connection.createStatement();
                    var found = statement.executeQuery("select detail from audit_row order by seq")) {
                while (found.next()) {
                    details.add(found.getString(1));
                }
            }
            return details;
        }));
    }

    private void destroyKey(UUID tenant) throws SQLException {
        assertThat(SuperUser.run(url, "delete from data_key where tenant_id = '" + tenant + "'")).isEqualTo(1);
    }

    @Test
    void theDatabaseHoldsATenantsDetailsSealedAndTheApiShowsThem() {
        // Given
        Made tenant = newTenant("team");
        // When
        operator().body(Map.of("reason", "invoice 42 unpaid")).post("/api/v1/tenants/" + tenant.id() + "/suspend")
                .then()
                .statusCode(200);
        // Then
        assertThat(stored(tenant.id())).hasSize(2)
                .allSatisfy(detail -> assertThat(detail).startsWith("\"sealed:").doesNotContain("invoice")
                        .doesNotContain(tenant.slug()));
        operator().get("/api/v1/audit?tenant=" + tenant.id()).then().statusCode(200)
                .body("items[0].detail.reason", equalTo("invoice 42 unpaid"), "items[1].detail.slug",
                        equalTo(tenant.slug()));
        operator().get("/api/v1/audit?limit=200").then().statusCode(200)
                .body("items.find { it.action == 'tenant.suspend' && it.tenantId == '" + tenant.id()
                        + "' }.detail.reason", equalTo("invoice 42 unpaid"));
    }

    @Test
    void afterErasureNobodyReadsTheDetailsTheChainStillVerifiesAndWhatLastsIsThere() throws SQLException {
        // Given
        Made tenant = newTenant("team");
        Made other = newTenant("team");
        rows.inTenant(tenant.id(), () -> audit.append(tenant.id(), Actor.SYSTEM, "test.sealed", "test",
                Map.of("email", "ada@example.org")));
        // When
        destroyKey(tenant.id());
        rows.inTenant(tenant.id(), () -> audit.appendLasting(tenant.id(), Actor.SYSTEM, "tenant.purge", "test",
                Map.of("rows", 3)));
        // Then
        operator().get("/api/v1/audit?tenant=" + tenant.id()).then().statusCode(200)
                .body("items.action", equalTo(List.of("tenant.purge", "test.sealed", "tenant.create")),
                        "items[0].detail.rows", equalTo(3), "items[0].detail.erased", nullValue(),
                        "items[1].detail", equalTo(Map.of("erased", true)), "items[2].detail",
                        equalTo(Map.of("erased", true)));
        operator().get("/api/v1/audit/verify?tenant=" + tenant.id()).then().body("intact", is(true), "checkedRows",
                equalTo(3));
        operator().get("/api/v1/audit?tenant=" + other.id()).then().body("items[0].detail.slug",
                equalTo(other.slug()));
    }

    @Test
    void aRowSealedAfterErasureIsReadAndThoseBeforeStayErased() throws SQLException {
        // Given
        Made tenant = newTenant("team");
        destroyKey(tenant.id());
        // When
        rows.inTenant(tenant.id(),
                () -> audit.append(tenant.id(), Actor.SYSTEM, "test.later", "test", Map.of("later", true)));
        // Then
        operator().get("/api/v1/audit?tenant=" + tenant.id()).then().body("items[0].detail.later", is(true),
                "items[1].detail.erased", is(true));
    }

    @Test
    void aSealedDetailDoesNotOpenInAnotherRow() throws SQLException {
        // Given
        Made tenant = newTenant("team");
        rows.inTenant(tenant.id(), () -> audit.append(tenant.id(), Actor.SYSTEM, "test.second", "test", Map.of()));
        // When
        SuperUser.run(url,
                "update audit_row set detail = (select detail from audit_row where tenant_id = '" + tenant.id()
                        + "' and seq = 1) where tenant_id = '" + tenant.id() + "' and seq = 2");
        // Then
        operator().get("/api/v1/audit?tenant=" + tenant.id()).then().body("items[0].detail", equalTo(
                Map.of("erased", true)), "items[1].detail.slug", equalTo(tenant.slug()));
        operator().get("/api/v1/audit/verify?tenant=" + tenant.id()).then().body("tenants[0].firstBreak.seq",
                equalTo(2),
                "tenants[0].firstBreak.reason", equalTo("row_changed"));
    }

    @Test
    void rowsOfThePlatformAreOpenAndRowsFromBeforeSealingStillRead() throws SQLException {
        // Given
        rows.inAllTenants(() -> audit.append(null, Actor.SYSTEM, "test.platform", "test", Map.of("plain", "yes")));
        Made tenant = newTenant("team");
        // When
        rows.inTenant(tenant.id(), () -> audit.appendLasting(tenant.id(), Actor.SYSTEM, "test.plain", "test",
                Map.of("plain", "yes")));
        // Then
        assertThat(stored(AuditLog.PLATFORM)).contains("{\"plain\":\"yes\"}");
        operator().get("/api/v1/audit?action=test.platform&tenant=" + AuditLog.PLATFORM).then().body(
                "items.detail.plain",
                everyItem(equalTo("yes")), "items", not(equalTo(List.of())));
        operator().get("/api/v1/audit?tenant=" + tenant.id()).then().body("items[0].detail.plain", equalTo("yes"));
    }
}
