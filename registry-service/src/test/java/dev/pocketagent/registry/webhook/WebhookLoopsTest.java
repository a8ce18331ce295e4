package dev.pocketagent.registry.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.net.OutboundHttp;
import dev.pocketagent.registry.webhook.Receiver.Got;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;

/** Many deliveries at once: replicas that share the work, endpoints that are slow or turn hostile. */
@Tag("slow")
@QuarkusTest
class WebhookLoopsTest extends QueueTestBase {

    @TestHTTPResource(value = "/metrics", management = true)
    URL metricsUrl;

    @Test
    void twoReplicasShareTheQueueAndEveryDeliveryGoesOutOnce() throws Exception {
        // Given
        Made tenant = newTenant("team");
        List<String> paths = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            paths.add(newPath());
            hook(tenant, paths.get(i));
        }
        happen(tenant, 40);
        WebhookConfig config = new TestConfig(Duration.ofSeconds(10), List.of(Duration.ZERO, Duration.ofSeconds(5)), 8,
                4);
        WebhookLoops one = new WebhookLoops(fanOut(config), queue(config), sender(config), metrics, clock, config);
        WebhookLoops other = new WebhookLoops(fanOut(config), queue(config), sender(config), metrics, clock, config);
        // When
        one.start();
        other.start();
        // Then
        try {
            await().atMost(Duration.ofSeconds(60)).until(() -> queue(config).count("delivered") == 240);
        } finally {
            one.stop();
            other.stop();
        }
        for (String path : paths) {
            List<Got> got = receiver.got(path);
            assertThat(got).hasSize(40).extracting(Got::id).doesNotHaveDuplicates();
            assertThat(got).extracting(one2 -> one2.json().at("/data/seq").asLong()).doesNotHaveDuplicates();
        }
        assertThat(queue(config).count("pending")).isZero();
    }

    @Test
    void fanOutLosesAndDoublesNothingUnderWritersAndTwoReplicas() throws Exception {
        // Given
        Made tenant = newTenant("team");
        String id = hook(tenant, newPath());
        long begin = events.number();
        AtomicBoolean writing = new AtomicBoolean(true);
        try (ExecutorService pool = Executors.newFixedThreadPool(6)) {
            List<Future<?>> replicas = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                FanOut replica = fanOut(TestConfig.usual());
                replicas.add(pool.submit(() -> {
                    while (writing.get() || replica.next() > 0) {
                        replica.next();
                    }
                }));
            }
            // When
            List<Future<?>> writers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                writers.add(pool.submit(() -> happen(tenant, 30)));
            }
            for (Future<?> writer : writers) {
                writer.get(60, TimeUnit.SECONDS);
            }
            writing.set(false);
            for (Future<?> replica : replicas) {
                replica.get(60, TimeUnit.SECONDS);
            }
        }
        // Then
        String mine = " where tenant_id = '" + tenant.id() + "' and seq > " + begin;
        assertThat(number("select count(*) from event" + mine)).isEqualTo(120);
        assertThat(number("select count(*) from webhook_delivery where webhook_id = '" + id + "'")).isEqualTo(120);
        assertThat(number("select count(*) from event e join webhook_delivery d on d.event_seq = e.seq and d.event_id"
                + " = e.id where e.tenant_id = '" + tenant.id() + "' and d.webhook_id = '" + id + "'")).isEqualTo(120);
    }

    @Test
    void aSlowEndpointTakesItsOwnPlacesOnly() throws Exception {
        // Given
        Made slow = newTenant("team");
        Made fast = newTenant("team");
        String slowPath = newPath();
        String fastPath = newPath();
        receiver.at(slowPath, Receiver.slow(1500));
        hook(slow, slowPath);
        hook(fast, fastPath);
        happen(slow, 30);
        WebhookConfig config = new TestConfig(Duration.ofSeconds(10), List.of(Duration.ZERO, Duration.ofSeconds(5)), 6,
                2);
        WebhookLoops loops = new WebhookLoops(fanOut(config), queue(config), sender(config), metrics, clock, config);
        loops.start();
        try {
            await().atMost(Duration.ofSeconds(20)).until(() -> receiver.got(slowPath).size() >= 2);
            // When: much waits for the slow one already
            happen(fast, 20);
            // Then: the fast one is through long before the slow one's second round of its fifteen could be
            await().atMost(Duration.ofSeconds(20)).until(() -> receiver.got(fastPath).size() == 20);
            assertThat(receiver.got(slowPath).size()).isLessThan(20);
            assertThat(receiver.mostAtOnce(slowPath)).isEqualTo(2);
        } finally {
            receiver.at(slowPath, Receiver.status(204));
            loops.stop();
        }
    }

    @Test
    void everyWebhookHasItsTurnHoweverMuchWaitsForOthers() {
        List<Made> tenants = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            tenants.add(newTenant("team"));
            hook(tenants.get(i), newPath());
            happen(tenants.get(i), 8);
        }
        DeliveryQueue queue = queue(TestConfig.usual());
        fanOut();
        Set<UUID> served = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            List<Claimed> claimed = queue.claim(2);
            assertThat(claimed).hasSize(2);
            claimed.forEach(one -> served.add(one.webhookId()));
            claimed.forEach(one -> queue.finish(one, new Verdict.Delivered(200)));
        }
        assertThat(served).hasSize(5);
        // All at once: not more of each than allowed at a time, in the order of the feed.
        Map<UUID, List<Long>> bySeq = new HashMap<>();
        queue.claim(100).forEach(one -> bySeq.computeIfAbsent(one.webhookId(), unused -> new ArrayList<>())
                .add(one.seq()));
        assertThat(bySeq).hasSize(5).allSatisfy((id, places) -> assertThat(places).hasSize(4).isSorted());
        assertThat(queue.claim(100)).isEmpty();
    }

    @Test
    void anAddressThatTurnsPrivateIsNotConnectedAndAHungReceiverIsLeft() throws Exception {
        // Given
        AtomicInteger lookups = new AtomicInteger();
        OutboundHttp rebinding = new OutboundHttp(vertx, guard, host -> new InetAddress[]{
                InetAddress.ofLiteral(lookups.getAndIncrement() == 0 ? "127.0.0.1" : "10.11.12.13")});
        WebhookConfig config = new TestConfig(Duration.ofMillis(700), List.of(Duration.ZERO), 4, 4);
        String path = newPath();
        Claimed delivery = new Claimed(UUID.randomUUID(), UUID.randomUUID(), null,
                URI.create("http://hooks.test:" + receiver.port() + path), 1, UUID.randomUUID(), "tenant.updated",
                json.createObjectNode(), 1L, null, Instant.now(), List.of(new byte[32]));
        Sender sender = new Sender(rebinding, json, clock, config);
        try {
            // When
            Verdict good = sender.send(delivery);
            Verdict bad = sender.send(delivery);
            // Then
            assertThat(good).isEqualTo(new Verdict.Delivered(204));
            assertThat(bad).isEqualTo(new Verdict.Failed(null,
                    "not allowed: the host is in a private or reserved network", null));
            assertThat(receiver.got(path)).hasSize(1);
            receiver.at("/hung", Receiver.slow(5000));
            lookups.set(0);
            Verdict slow = sender.send(new Claimed(delivery.id(), delivery.webhookId(), null,
                    URI.create("http://hooks.test:" + receiver.port() + "/hung"), 1, delivery.eventId(), "x",
                    json.createObjectNode(), 1L, null, Instant.now(), List.of(new byte[32])));
            assertThat(slow).isEqualTo(new Verdict.Failed(null, "no answer within 700 ms", null));
        } finally {
            rebinding.close();
        }
    }

    @Test
    void metricsAreThereWithoutLabelsOfTenants() throws Exception {
        String path = newPath();
        Made tenant = newTenant("team");
        hook(tenant, path);
        happen(tenant, 1);
        running.start();
        await().atMost(Duration.ofSeconds(20)).until(() -> receiver.got(path).size() == 1);
        running.stop();
        try (InputStream text = metricsUrl.openStream()) {
            String all = new String(text.readAllBytes(), StandardCharsets.UTF_8);
            for (String outcome : List.of("delivered", "retried", "dead", "disabled", "lost")) {
                assertThat(all).contains("pocket_webhook_deliveries_total{outcome=\"" + outcome + "\"");
            }
            assertThat(all).contains("pocket_webhook_deliveries_pending", "pocket_webhook_deliveries_dead",
                    "pocket_webhook_attempt_duration_seconds_bucket{le=\"5.0\"");
            assertThat(all).doesNotContain("127.0.0.1", path, "http_client_requests");
        }
    }
}
