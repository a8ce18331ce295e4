package dev.pocketagent.registry.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.inject.Inject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.net.OutboundGuard;
import dev.pocketagent.kit.net.OutboundHttp;
import dev.pocketagent.kit.secret.Secrets;
import dev.pocketagent.registry.RegistryTestBase;
import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.audit.Actor;
import dev.pocketagent.registry.audit.AuditLog;
import dev.pocketagent.registry.event.EventStore;
import dev.pocketagent.registry.event.Outbox;
import io.restassured.response.Response;
import io.vertx.core.Vertx;

/** The queue driven by hand, as one replica or several, with a clock that the test moves; the application's loops rest. */
abstract class QueueTestBase extends RegistryTestBase {

    static Receiver receiver;

    @Inject
    WebhookLoops running;
    @Inject
    EventStore events;
    @Inject
    RowScope rows;
    @Inject
    Sql sql;
    @Inject
    Secrets secrets;
    @Inject
    AuditLog audit;
    @Inject
    Outbox outbox;
    @Inject
    WebhookMetrics metrics;
    @Inject
    OutboundHttp http;
    @Inject
    OutboundGuard guard;
    @Inject
    Vertx vertx;
    @Inject
    ObjectMapper json;

    final MovableClock clock = new MovableClock();

    static final class MovableClock extends Clock {
        private volatile Instant now = Instant.now();

        void move(Duration time) {
            now = now.plus(time);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    @BeforeAll
    static void open() {
        receiver = new Receiver();
    }

    @AfterAll
    static void close() {
        receiver.close();
    }

    @BeforeEach
    void rest() throws InterruptedException {
        running.stop();
        run("delete from webhook");
        while (fanOut(TestConfig.usual()).next() > 0) {
            // The feed has what other tests did.
        }
    }

    @AfterEach
    void goOn() {
        run("delete from webhook");
        running.start();
    }

    void run(String change) {
        rows.inAllTenants(() -> sql.run(connection -> DeliveryQueue.update(connection, change)));
    }

    FanOut fanOut(WebhookConfig config) {
        return new FanOut(events, rows, sql, clock, config);
    }

    /** Makes deliveries of what happened. */
    void fanOut() {
        fanOut(TestConfig.usual()).next();
    }

    DeliveryQueue queue(WebhookConfig config) {
        return new DeliveryQueue(rows, sql, secrets, audit, json, clock, config);
    }

    Sender sender(WebhookConfig config) {
        return new Sender(http, json, clock, config);
    }

    String hook(Made tenant, String path) {
        return hook(tenant, path, "tenant.updated");
    }

    String hook(Made tenant, String path, String... events) {
        return operator().body(Map.of("url", receiver.url(path), "events", List.of(events), "tenant", tenant.slug()))
                .post("/api/v1/webhooks").then().statusCode(201).extract().path("id");
    }

    static String newPath() {
        return "/" + UUID.randomUUID();
    }

    /** Events about a tenant, each in a transaction of its own. */
    void happen(Made tenant, int times) {
        for (int i = 0; i < times; i++) {
            rows.inAllTenants(() -> {
                outbox.publish(audit.append(tenant.id(), Actor.SYSTEM, "test.event", "test", Map.of()),
                        "tenant.updated", Map.of("slug", tenant.slug()));
                return 0;
            });
        }
    }

    Response webhook(String id) {
        return operator().get("/api/v1/webhooks/" + id);
    }

    Map<String, Object> only(String webhook) {
        List<Map<String, Object>> all = operator().get("/api/v1/webhooks/" + webhook + "/deliveries").jsonPath()
                .getList("items");
        assertThat(all).hasSize(1);
        return all.getFirst();
    }

    static Instant next(Map<String, Object> delivery) {
        return Instant.parse((String) delivery.get("nextAttemptAt"));
    }

    long number(String query) {
        return rows.inAllTenants(() -> sql.run(connection -> {
            try (var statement = connection.createStatement(); var row = statement.executeQuery(query)) {
                row.next();
                return row.getLong(1);
            }
        }));
    }
}
