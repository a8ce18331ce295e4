package dev.pocketagent.registry.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.registry.audit.AuditLog;
import dev.pocketagent.registry.webhook.DeliveryQueue.Became;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;

/** What becomes of a delivery: attempts, waits, leases, the end. */
@QuarkusTest
@Tag("slow")
class DeliveryQueueTest extends QueueTestBase {

    @Test
    void whenAReplicaDiesHalfWayAnotherGoesOnAndTheDeadOnesLateWordIsNotHeard() throws Exception {
        // Given
        Made tenant = newTenant("team");
        String id = hook(tenant, newPath());
        happen(tenant, 1);
        DeliveryQueue one = queue(TestConfig.usual());
        DeliveryQueue other = queue(TestConfig.usual());
        fanOut();
        Claimed lost = one.claim(10).getFirst();
        // Then: it is taken as long as the lease lasts
        clock.move(Duration.ofSeconds(59));
        assertThat(other.claim(10)).isEmpty();
        clock.move(Duration.ofSeconds(2));
        Claimed taken = other.claim(10).getFirst();
        assertThat(taken.id()).isEqualTo(lost.id());
        assertThat(taken.attempt()).isEqualTo(2);
        assertThat(one.finish(lost, new Verdict.Failed(500, "late", null))).isEqualTo(Became.LOST);
        assertThat(one.finish(lost, new Verdict.Delivered(200))).isEqualTo(Became.LOST);
        assertThat(other.finish(taken, sender(TestConfig.usual()).send(taken))).isEqualTo(Became.DELIVERED);
        assertThat(only(id)).containsEntry("state", "delivered").containsEntry("attempts", 2);
        assertThat(other.claim(10)).isEmpty();
    }

    @Test
    void aStopInTheMiddleOfAnAttemptCountsForNothing() {
        Made tenant = newTenant("team");
        String id = hook(tenant, newPath());
        happen(tenant, 1);
        DeliveryQueue queue = queue(TestConfig.usual());
        fanOut();
        queue.letGo(queue.claim(10).getFirst());
        assertThat(only(id)).containsEntry("attempts", 0);
        assertThat(queue.claim(10)).extracting(Claimed::attempt).containsExactly(1);
    }

    @Test
    void aDeliveryThatAlwaysFailsIsTriedOnTheStandardsScheduleThenDead() {
        // Given
        Made tenant = newTenant("team");
        String id = hook(tenant, newPath());
        happen(tenant, 1);
        DeliveryQueue queue = queue(TestConfig.usual());
        fanOut();
        List<Duration> waits = new ArrayList<>();
        // When
        Became became = Became.RETRIED;
        while (became == Became.RETRIED) {
            Claimed claimed = queue.claim(10).getFirst();
            became = queue.finish(claimed, new Verdict.Failed(500, "answered 500", null));
            if (became == Became.RETRIED) {
                Instant next = next(only(id));
                waits.add(Duration.between(clock.instant(), next));
                clock.move(Duration.between(clock.instant(), next).minusMillis(1));
                assertThat(queue.claim(10)).isEmpty();
                clock.move(Duration.ofMillis(2));
            }
        }
        // Then
        assertThat(became).isEqualTo(Became.DEAD);
        assertThat(only(id)).containsEntry("state", "dead").containsEntry("attempts", 10)
                .containsEntry("lastError", "answered 500").containsEntry("nextAttemptAt", null);
        List<Duration> wanted = TestConfig.usual().schedule().subList(1, 10);
        assertThat(waits).hasSize(9);
        for (int i = 0; i < 9; i++) {
            double ratio = (double) waits.get(i).toMillis() / wanted.get(i).toMillis();
            assertThat(ratio).as("wait %d", i + 1).isBetween(0.899, 1.101);
        }
        assertThat(webhook(id).<Boolean>path("enabled")).isTrue();
    }

    @Test
    void anEndpointThatAsksToWaitIsLeftAloneWithAllItsDeliveries() {
        // Given
        Made tenant = newTenant("team");
        Made other = newTenant("team");
        hook(tenant, newPath());
        hook(other, newPath());
        happen(tenant, 3);
        DeliveryQueue queue = queue(TestConfig.usual());
        fanOut();
        Claimed claimed = queue.claim(1).getFirst();
        // When
        queue.finish(claimed, new Verdict.Failed(429, "answered 429", "7200"));
        happen(other, 1);
        fanOut();
        // Then
        assertThat(queue.claim(10)).extracting(Claimed::tenantId).containsExactly(other.id());
        clock.move(Duration.ofSeconds(7199));
        assertThat(queue.claim(10)).extracting(Claimed::tenantId).doesNotContain(tenant.id());
        clock.move(Duration.ofSeconds(2));
        assertThat(queue.claim(10)).extracting(Claimed::tenantId).contains(tenant.id());
    }

    @Test
    void aWebhookWhoseEveryAttemptFailsForFiveDaysIsDisabledWithItsReasonInTheTrail() {
        // Given
        Made tenant = newTenant("team");
        String id = hook(tenant, newPath());
        DeliveryQueue queue = queue(TestConfig.usual());
        Verdict failure = new Verdict.Failed(null, "the connection was refused", null);
        happen(tenant, 2);
        fanOut();
        assertThat(queue.finish(queue.claim(1).getFirst(), failure)).isEqualTo(Became.RETRIED);
        clock.move(Duration.ofDays(3));
        // One success between begins anew.
        assertThat(queue.finish(queue.claim(1).getFirst(), new Verdict.Delivered(200))).isEqualTo(Became.DELIVERED);
        happen(tenant, 3);
        fanOut();
        List<Claimed> claimed = queue.claim(4);
        assertThat(queue.finish(claimed.get(0), failure)).isEqualTo(Became.RETRIED);
        clock.move(Duration.ofDays(5).minusSeconds(1));
        assertThat(queue.finish(claimed.get(1), failure)).isEqualTo(Became.RETRIED);
        clock.move(Duration.ofSeconds(2));
        // When
        Became became = queue.finish(claimed.get(2), failure);
        // Then
        assertThat(became).isEqualTo(Became.DISABLED);
        webhook(id).then().statusCode(200);
        assertThat(webhook(id).<Boolean>path("enabled")).isFalse();
        assertThat(webhook(id).<String>path("disabledReason")).isEqualTo("Every attempt failed for 5 days.");
        assertThat(operator().get("/api/v1/webhooks/" + id + "/deliveries?state=pending").jsonPath().getList("items"))
                .isEmpty();
        Response trail = operator().get("/api/v1/audit?tenant=" + AuditLog.PLATFORM + "&limit=1");
        assertThat(trail.<String>path("items[0].action")).isEqualTo("webhook.disable");
        assertThat(trail.<String>path("items[0].target")).isEqualTo("webhook/" + id);
        happen(tenant, 1);
        fanOut();
        clock.move(Duration.ofDays(1));
        assertThat(queue.claim(10)).isEmpty();
    }

    @Test
    void aReplayFromATimeTakesWhatHappenedThenOrLaterInWhateverOrderItBecameVisible() {
        // Given: the third became visible after the fourth, and the first two are too old
        Made tenant = newTenant("team");
        String id = hook(tenant, newPath());
        happen(tenant, 5);
        events.number();
        Instant from = Instant.now().plus(Duration.ofDays(3000)).truncatedTo(ChronoUnit.SECONDS);
        String[] offsets = {"-2 hours", "-1 second", "20 seconds", "0 seconds", "3 hours"};
        for (int i = 0; i < offsets.length; i++) {
            run("update event set at = timestamptz '" + from + "' + interval '" + offsets[i] + "' where seq = (select"
                    + " seq from event where tenant_id = '" + tenant.id() + "' and type = 'tenant.updated' order by seq"
                    + " offset " + i + " limit 1)");
        }
        // When
        Response answer = operator().body(Map.of("only", "all", "from", from.toString()))
                .post("/api/v1/webhooks/" + id + "/replay");
        // Then
        assertThat(answer.<Integer>path("queued")).isEqualTo(3);
        assertThat(operator().body(Map.of("only", "all", "from", from.plus(Duration.ofDays(1)).toString()))
                .post("/api/v1/webhooks/" + id + "/replay").<Integer>path("queued")).isZero();
        run("update event set at = now() where tenant_id = '" + tenant.id() + "'");
    }

    @Test
    void whatWasFannedOutWhileItsWebhookWasDisabledIsNotSentWhenItIsEnabledAgain() {
        // Given: pending on disabled webhooks, as a fan-out leaves it that read "enabled" before
        Made tenant = newTenant("team");
        String tidied = hook(tenant, newPath());
        String enabled = hook(tenant, newPath());
        String untouched = hook(tenant, newPath());
        happen(tenant, 1);
        DeliveryQueue queue = queue(TestConfig.usual());
        fanOut();
        run("update webhook set enabled = false, disabled_at = now() where id in ('" + tidied + "', '" + enabled
                + "')");
        // When
        operator().header("If-Match", "*").body(Map.of("enabled", true)).patch("/api/v1/webhooks/" + enabled).then()
                .statusCode(200);
        int ended = queue.giveUpOfDisabled();
        // Then
        assertThat(ended).isEqualTo(1);
        assertThat(queue.giveUpOfDisabled()).isZero();
        for (String id : List.of(tidied, enabled)) {
            assertThat(only(id)).containsEntry("state", "dead").containsEntry("lastError", "the webhook was disabled");
        }
        assertThat(only(untouched)).containsEntry("state", "pending");
        assertThat(queue.claim(10)).hasSize(1);
    }

    @Test
    void whatIsOverIsKeptForThirtyDaysAndWhatWaitsForEver() {
        // Given
        Made tenant = newTenant("team");
        String id = hook(tenant, newPath());
        happen(tenant, 3);
        DeliveryQueue queue = queue(TestConfig.usual());
        fanOut();
        List<Claimed> claimed = queue.claim(3);
        queue.finish(claimed.get(0), new Verdict.Delivered(200));
        clock.move(Duration.ofDays(2));
        queue.finish(claimed.get(1), new Verdict.Delivered(200));
        // When
        clock.move(Duration.ofDays(28).plusSeconds(1));
        queue.prune();
        // Then
        List<String> left = operator().get("/api/v1/webhooks/" + id + "/deliveries").jsonPath().getList("items.id");
        assertThat(left).containsExactlyInAnyOrder(claimed.get(1).id().toString(), claimed.get(2).id().toString());
        clock.move(Duration.ofDays(400));
        assertThat(queue.prune()).isEqualTo(1);
        assertThat(only(id)).containsEntry("state", "pending");
    }

    @Test
    void anErasedTenantLeavesNoWebhookAndNoDeliveryButTheNewsOfItsErasure() {
        // Given
        Made tenant = newTenant("team");
        Made other = newTenant("team");
        String watching = hook(tenant, newPath(), "tenant.updated", "tenant.purged");
        String own = with(keyOf(tenant, Roles.TENANT_ADMIN))
                .body(Map.of("url", receiver.url("/own"), "events", List.of("*"))).post("/api/v1/webhooks").then()
                .statusCode(201).extract().path("id");
        String others = hook(other, newPath());
        happen(tenant, 2);
        happen(other, 1);
        DeliveryQueue queue = queue(TestConfig.usual());
        fanOut();
        List<Claimed> underWay = queue.claim(10).stream().filter(one -> tenant.id().equals(one.tenantId())).toList();
        assertThat(underWay).hasSize(4);
        // When
        String path = "/api/v1/tenants/" + tenant.id();
        operator().header("If-Match", "*").delete(path + "?reason=bye").then().statusCode(200);
        operator().body(Map.of("reason", "asked for", "confirm", tenant.slug())).post(path + "/purge").then()
                .statusCode(200);
        // Then
        webhook(own).then().statusCode(404);
        webhook(watching).then().statusCode(200);
        assertThat(underWay).allSatisfy(one -> {
            assertThat(queue.finish(one, new Verdict.Delivered(200))).isEqualTo(Became.LOST);
            assertThat(queue.finish(one, new Verdict.Failed(500, "late", null))).isEqualTo(Became.LOST);
        });
        assertThat(number("select count(*) from webhook_delivery where about_tenant_id = '" + tenant.id() + "'"))
                .isZero();
        assertThat(number("select count(*) from webhook_delivery where webhook_id = '" + others + "'")).isEqualTo(1);
        fanOut();
        assertThat(queue.claim(10)).extracting(Claimed::type).containsExactly("tenant.purged");
    }

    @Test
    void aSecretThatCannotBeOpenedIsAFailureInWords() throws Exception {
        Made tenant = newTenant("team");
        String id = hook(tenant, newPath());
        run("update webhook set secret = '\\x00' where id = '" + id + "'");
        happen(tenant, 1);
        DeliveryQueue queue = queue(TestConfig.usual());
        fanOut();
        Claimed claimed = queue.claim(1).getFirst();
        assertThat(queue.finish(claimed, sender(TestConfig.usual()).send(claimed))).isEqualTo(Became.RETRIED);
        assertThat(only(id).get("lastError")).asString().contains("rotate");
    }
}
