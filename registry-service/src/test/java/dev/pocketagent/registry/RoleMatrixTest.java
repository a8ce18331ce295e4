package dev.pocketagent.registry;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.kit.auth.Roles;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;

/** Every route with every role. A route that is in the OpenAPI document and not in this table fails the test. */
@QuarkusTest
@Tag("slow")
class RoleMatrixTest extends RegistryTestBase {

    private static final Set<String> READERS = Set.of(Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.SERVICE,
            Roles.TENANT_ADMIN);
    private static final Set<String> READERS_AND_DEVELOPERS = Set.of(Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR,
            Roles.SERVICE, Roles.TENANT_ADMIN, Roles.TENANT_DEVELOPER);
    private static final Set<String> WEBHOOK_READERS = Set.of(Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR,
            Roles.TENANT_ADMIN);
    private static final Set<String> WEBHOOK_OWNERS = Set.of(Roles.OPERATOR, Roles.TENANT_ADMIN);

    static final Map<String, Set<String>> ALLOWED = Map.ofEntries(
            Map.entry("GET /api/v1/plans", READERS_AND_DEVELOPERS),
            Map.entry("GET /api/v1/plans/{name}", READERS_AND_DEVELOPERS),
            Map.entry("GET /api/v1/plans/{name}/versions", READERS_AND_DEVELOPERS),
            Map.entry("GET /api/v1/plans/{name}/versions/{version}", READERS_AND_DEVELOPERS),
            Map.entry("POST /api/v1/plans/{name}/versions", Set.of(Roles.OPERATOR)),
            Map.entry("GET /api/v1/tenants", READERS_AND_DEVELOPERS),
            Map.entry("POST /api/v1/tenants", Set.of(Roles.OPERATOR)),
            Map.entry("GET /api/v1/tenants/{idOrSlug}", READERS_AND_DEVELOPERS),
            Map.entry("PATCH /api/v1/tenants/{idOrSlug}", Set.of(Roles.OPERATOR)),
            Map.entry("POST /api/v1/tenants/{idOrSlug}/suspend", Set.of(Roles.OPERATOR, Roles.SUPPORT)),
            Map.entry("POST /api/v1/tenants/{idOrSlug}/resume", Set.of(Roles.OPERATOR, Roles.SUPPORT)),
            Map.entry("DELETE /api/v1/tenants/{idOrSlug}", Set.of(Roles.OPERATOR)),
            Map.entry("POST /api/v1/tenants/{idOrSlug}/undelete", Set.of(Roles.OPERATOR)),
            Map.entry("POST /api/v1/tenants/{idOrSlug}/purge", Set.of(Roles.OPERATOR)),
            Map.entry("PUT /api/v1/tenants/{idOrSlug}/external-ids/{name}", Set.of(Roles.OPERATOR, Roles.SERVICE)),
            Map.entry("DELETE /api/v1/tenants/{idOrSlug}/external-ids/{name}", Set.of(Roles.OPERATOR, Roles.SERVICE)),
            Map.entry("GET /api/v1/tenants/{idOrSlug}/quota", READERS_AND_DEVELOPERS),
            Map.entry("POST /api/v1/tenants/{idOrSlug}/reservations", Set.of(Roles.OPERATOR, Roles.SERVICE)),
            Map.entry("GET /api/v1/tenants/{idOrSlug}/reservations", READERS),
            Map.entry("GET /api/v1/reservations/{id}", READERS),
            Map.entry("POST /api/v1/reservations/{id}/confirm", Set.of(Roles.OPERATOR, Roles.SERVICE)),
            Map.entry("POST /api/v1/reservations/{id}/release", Set.of(Roles.OPERATOR, Roles.SERVICE)),
            Map.entry("GET /api/v1/tenants/{idOrSlug}/keys", READERS),
            Map.entry("POST /api/v1/tenants/{idOrSlug}/keys",
                    Set.of(Roles.OPERATOR, Roles.TENANT_ADMIN, Roles.SERVICE)),
            Map.entry("GET /api/v1/keys", Set.of(Roles.OPERATOR, Roles.AUDITOR)),
            Map.entry("POST /api/v1/keys", Set.of(Roles.OPERATOR)),
            Map.entry("GET /api/v1/keys/{id}", READERS),
            Map.entry("DELETE /api/v1/keys/{id}", Set.of(Roles.OPERATOR, Roles.TENANT_ADMIN, Roles.SERVICE)),
            Map.entry("POST /api/v1/keys/{id}/rotate", Set.of(Roles.OPERATOR, Roles.TENANT_ADMIN, Roles.SERVICE)),
            Map.entry("POST /api/v1/keys/verify", Set.of(Roles.SERVICE)),
            Map.entry("GET /api/v1/audit", Set.of(Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR, Roles.TENANT_ADMIN)),
            Map.entry("GET /api/v1/audit/export", Set.of(Roles.OPERATOR, Roles.AUDITOR, Roles.TENANT_ADMIN)),
            Map.entry("GET /api/v1/audit/heads", Set.of(Roles.OPERATOR, Roles.AUDITOR)),
            Map.entry("GET /api/v1/audit/verify", Set.of(Roles.OPERATOR, Roles.AUDITOR)),
            Map.entry("POST /api/v1/audit/verify", Set.of(Roles.OPERATOR, Roles.AUDITOR)),
            Map.entry("GET /api/v1/tenants/{idOrSlug}/export",
                    Set.of(Roles.OPERATOR, Roles.AUDITOR, Roles.TENANT_ADMIN)),
            Map.entry("GET /api/v1/events", Set.of(Roles.OPERATOR, Roles.SERVICE)),
            Map.entry("GET /api/v1/events/recent", Set.of(Roles.OPERATOR, Roles.SERVICE)),
            Map.entry("GET /api/v1/pocketbase", Set.of(Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR)),
            Map.entry("GET /api/v1/pocketbase/report", Set.of(Roles.OPERATOR, Roles.SUPPORT, Roles.AUDITOR)),
            Map.entry("POST /api/v1/pocketbase/sync", Set.of(Roles.OPERATOR)),
            Map.entry("GET /api/v1/webhooks", WEBHOOK_READERS),
            Map.entry("POST /api/v1/webhooks", WEBHOOK_OWNERS),
            Map.entry("GET /api/v1/webhooks/{id}", WEBHOOK_READERS),
            Map.entry("PATCH /api/v1/webhooks/{id}", WEBHOOK_OWNERS),
            Map.entry("DELETE /api/v1/webhooks/{id}", WEBHOOK_OWNERS),
            Map.entry("POST /api/v1/webhooks/{id}/rotate-secret", WEBHOOK_OWNERS),
            Map.entry("POST /api/v1/webhooks/{id}/test", WEBHOOK_OWNERS),
            Map.entry("POST /api/v1/webhooks/{id}/replay", WEBHOOK_OWNERS),
            Map.entry("GET /api/v1/webhooks/{id}/deliveries", WEBHOOK_READERS),
            Map.entry("GET /api/v1/webhooks/{id}/deliveries/{deliveryId}", WEBHOOK_READERS),
            Map.entry("POST /api/v1/webhooks/{id}/deliveries/{deliveryId}/retry", WEBHOOK_OWNERS));

    @TestHTTPResource(value = "/openapi?format=json", management = true)
    URL openApi;

    private JsonNode document() throws IOException {
        try (InputStream text = openApi.openStream()) {
            return new ObjectMapper().readTree(text);
        }
    }

    private static Set<String> routes(JsonNode document) {
        Set<String> routes = new TreeSet<>();
        document.path("paths").properties().forEach(path -> path.getValue().fieldNames().forEachRemaining(method -> {
            if (Set.of("get", "put", "post", "patch", "delete").contains(method)) {
                routes.add(method.toUpperCase() + " " + path.getKey());
            }
        }));
        return routes;
    }

    @Test
    void everyRouteOpensForItsRolesAndNoOther() throws IOException {
        // Given
        assertThat(routes(document())).isEqualTo(new TreeSet<>(ALLOWED.keySet()));
        Made tenant = newTenant("team");
        Map<String, String> keys = new HashMap<>();
        for (String role : Roles.ALL) {
            keys.put(role, Roles.OF_TENANTS.contains(role) ? keyOf(tenant, role) : platformKey(role));
        }
        ALLOWED.forEach((route, allowed) -> {
            String method = route.substring(0, route.indexOf(' '));
            String path = route.substring(route.indexOf(' ') + 1).replaceAll("\\{[^}]*}", UUID.randomUUID().toString());
            boolean hasBody = Set.of("POST", "PATCH", "PUT").contains(method);
            for (String role : Roles.ALL) {
                // When
                var request = with(keys.get(role));
                int status = (hasBody ? request.body("{}") : request).request(method, path).statusCode();
                // Then
                assertThat(status == 403).as("%s by %s is refused (%d)", route, role, status)
                        .isEqualTo(!allowed.contains(role));
                assertThat(status).as("%s by %s", route, role).isLessThan(500).isNotEqualTo(401);
            }
            assertThat(given().contentType("application/json").request(method, path).statusCode()).as(route)
                    .isEqualTo(401);
        });
    }

    @Test
    void theDocumentDescribesEveryRouteWellEnoughToPublish() throws IOException {
        JsonNode document = document();
        for (String route : routes(document)) {
            JsonNode operation = document.path("paths").path(route.substring(route.indexOf(' ') + 1))
                    .path(route.substring(0, route.indexOf(' ')).toLowerCase());
            assertThat(operation.path("operationId").asText()).as(route).isNotEmpty();
            assertThat(operation.path("summary").asText()).as(route).isNotEmpty();
            assertThat(operation.path("tags").size()).as(route).isEqualTo(1);
            for (String status : List.of("400", "401", "403", "429", "503")) {
                assertThat(operation.path("responses").has(status)).as("%s answers %s", route, status).isTrue();
            }
        }
        for (String name : List.of("NewTenant", "Tenant", "LimitOverrides", "Plan",
                "NewPlanVersion", "Quota", "NewReservation", "Reservation", "NewKey", "Key", "IssuedKey",
                "Rotation", "KeyVerdict",
                "AuditRow",
                "AuditVerification", "AuditHead", "NotedHeads", "EventPage", "RecentEvent", "PocketBaseReport",
                "PocketBaseStatus",
                "PocketBaseSync", "Problem",
                "NewWebhook", "Webhook", "IssuedWebhook", "WebhookChange", "WebhookDelivery", "WebhookReplay")) {
            assertThat(document.path("components").path("schemas").has(name)).as(name).isTrue();
        }
    }
}
