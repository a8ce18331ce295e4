package dev.pocketagent.registry.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;

import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.registry.RegistryTestBase;
import dev.pocketagent.registry.SuperUser;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;

/** What cannot be recorded does not happen. */
@QuarkusTest
class FailClosedTest extends RegistryTestBase {

    @ConfigProperty(name = "pocket.db.url")
    String url;

    @AfterEach
    void recordsAreTakenAgain() throws SQLException {
        SuperUser.run(url, "drop function if exists no_record() cascade");
    }

    private void refuseRecordsOf(String keyId) throws SQLException {
        SuperUser.run(url,
                "create function no_record() returns trigger language plpgsql as"
                        + " $$ begin raise exception 'the disk is full'; end $$",
                "create trigger no_record before insert on audit_row for each row when (new.actor_key_id = '" + keyId
                        + "') execute function no_record()");
    }

    @Test
    void withoutARecordNothingIsStoredAndNobodyIsTold() throws SQLException {
        // Given
        Made tenant = newTenant("team");
        Response key = operator().body(Map.of("name", "a key", "role", Roles.OPERATOR)).post("/api/v1/keys");
        String secret = key.path("secret");
        String slug = newSlug();
        String path = "/api/v1/tenants/" + tenant.id();
        int end = operator().get("/api/v1/events?after=latest").path("next");
        refuseRecordsOf(key.path("id"));
        // When
        List<Response> refused = List.of(
                with(secret).body(Map.of("slug", slug, "name", "n", "plan", "team")).post("/api/v1/tenants"),
                with(secret).body(Map.of("reason", "r")).post(path + "/suspend"),
                with(secret).header("If-Match", "\"0\"").body(Map.of("name", "changed")).patch(path),
                with(secret).body(Map.of("name", "k", "role", Roles.AGENT)).post(path + "/keys"),
                with(secret).get("/api/v1/audit/export"), with(secret).get(path + "/export"));
        // Then
        assertThat(refused).extracting(Response::statusCode).containsOnly(500);
        operator().get("/api/v1/tenants/" + slug).then().statusCode(404);
        operator().get(path).then().body("state", equalTo("active"), "version", equalTo(0), "name",
                equalTo("Test " + tenant.slug()));
        operator().get(path + "/keys").then().body("items", equalTo(List.of()));
        operator().get("/api/v1/audit?tenant=" + tenant.id()).then().body("items.action", equalTo(List.of(
                "tenant.create")));
        operator().get("/api/v1/events?after=" + end).then().body("items", equalTo(List.of()));
    }
}
