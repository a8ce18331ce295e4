package dev.pocketagent.registry.pocketbase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.is;

import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.registry.event.Published;
import io.quarkus.test.junit.QuarkusTest;

/** What is written into records. */
@Tag("slow")
@QuarkusTest
class BridgeWriteTest extends BridgeTestBase {

    @Test
    void aValueThatPocketBaseRefusesIsReportedByFieldAndTheRestGoesOn() {
        String refused = newSlug();
        String fine = newSlug();
        record(refused);
        String fineId = record(fine);
        run();
        for (String slug : List.of(refused, fine)) {
            service().body(Map.of("value", slug.equals(refused) ? "x".repeat(41) : "u-" + slug))
                    .put("/api/v1/tenants/" + slug + "/external-ids/coolify_project_uuid").then().statusCode(200);
        }
        Report report = run();
        assertThat(report.outcome()).isEqualTo(Report.PARTIAL);
        assertThat(report.lines().stream().filter(line -> line.kind().equals("failed"))).singleElement()
                .satisfies(line -> {
                    assertThat(line.field()).isEqualTo("coolify_project_uuid");
                    assertThat(line.slug()).isEqualTo(refused);
                });
        assertThat(field(fineId, "coolify_project_uuid")).isEqualTo("u-" + fine);
        service().delete("/api/v1/tenants/" + fine + "/external-ids/coolify_project_uuid").then().statusCode(200);
        run();
        assertThat(field(fineId, "coolify_project_uuid")).as("we wrote it, so we empty it").isEmpty();
    }

    @Test
    void anExternalIdIsKeptWithoutBlanksAtItsEndsAndWrittenOnce() {
        String slug = newSlug();
        String id = record(slug);
        run();
        service().body(Map.of("value", " abc ")).put("/api/v1/tenants/" + slug + "/external-ids/coolify_project_uuid")
                .then().statusCode(200);
        tenant(slug).body("externalIds.coolify_project_uuid", equalTo("abc"));
        assertThat(run().counts().written()).isEqualTo(1);
        assertThat(field(id, "coolify_project_uuid")).isEqualTo("abc");
        assertThat(kinds(run())).isEmpty();
    }

    @Test
    void quickWriteBacksRestAsLongAsPocketBaseAsks() throws Exception {
        // Given
        try (FakePocketBase fake = new FakePocketBase()) {
            String slug = newSlug();
            Admin there = new Admin(fake);
            there.makeCollection(collection);
            String id = there.add(collection, Map.of("slug", slug, "plan", "team", "state", "active"));
            bridge(fake).runByHand(false);
            UUID tenantId = UUID.fromString(tenant(slug).extract().path("id"));
            operator().body(Map.of("reason", "unpaid")).post("/api/v1/tenants/" + slug + "/suspend").then()
                    .statusCode(200);
            nextRunIn("10 minutes");
            AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);
            InstantSource moving = () -> Clock.systemUTC().instant().plus(ahead.get());
            Bridge bridge = new Bridge(
                    TestSettings.with(fake, "collection", collection, "interval", "1h"), links, tenants, turn, runs,
                    metrics, rows, json, moving.withZone(ZoneOffset.UTC));
            started.add(bridge);
            fake.fail(FakePocketBase.Fault.LIMITED_FOR_AN_HOUR, "/api/collections", 1);
            bridge.changed(new Published("tenant.suspended", tenantId, Map.of()));
            // When
            bridge.start(new Schema.Ready());
            // Then
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> turn.state().nextRun().isAfter(Clock.systemUTC().instant().plusSeconds(3_500)));
            fake.forgetCalls();
            bridge.changed(new Published("tenant.changed", UUID.randomUUID(), Map.of()));
            await().during(Duration.ofSeconds(2)).atMost(Duration.ofSeconds(10)).until(() -> fake.calls().isEmpty());
            ahead.set(Duration.ofSeconds(3_601));
            bridge.changed(new Published("tenant.changed", UUID.randomUUID(), Map.of()));
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> there.record(collection, id).path("state").asText().equals("paused"));
        }
    }
}
