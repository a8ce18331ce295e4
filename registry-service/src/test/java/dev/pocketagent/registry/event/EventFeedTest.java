package dev.pocketagent.registry.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import jakarta.inject.Inject;

import org.awaitility.Awaitility;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.event.Event;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.RegistryTestBase;
import dev.pocketagent.registry.Sql;
import dev.pocketagent.registry.SuperUser;
import dev.pocketagent.registry.audit.Actor;
import dev.pocketagent.registry.audit.AuditLog;
import io.agroal.api.AgroalDataSource;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;

/** The feed under writers whose transactions end in another order than they began, and long polls in numbers. */
@Tag("slow")
@QuarkusTest
class EventFeedTest extends RegistryTestBase {

    @Inject
    Feed feed;
    @Inject
    EventStore store;
    @Inject
    Outbox outbox;
    @Inject
    AuditLog audit;
    @Inject
    RowScope rows;
    @Inject
    AgroalDataSource database;
    @Inject
    Sql sql;
    @ConfigProperty(name = "pocket.db.url")
    String url;
    @TestHTTPResource
    URL base;

    private void publish(UUID tenant, String mark) {
        outbox.publish(audit.append(tenant, Actor.SYSTEM, "test.event", "test", Map.of()), "test.event",
                Map.of("mark", mark));
    }

    /** Rolls a transaction back. */
    private static final class Undo extends RuntimeException {}

    private static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aReaderMissesNothingAndSeesNothingTwiceUnderConcurrentWriters() throws Exception {
        // Given
        long begin = store.number();
        Set<String> committed = ConcurrentHashMap.newKeySet();
        AtomicBoolean writing = new AtomicBoolean(true);
        List<UUID> tenants = List.of(UUID.randomUUID(), UUID.randomUUID(), UUID.randomUUID());
        List<Event> read = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(10)) {
            Future<?> reader = pool.submit(() -> {
                long after = begin;
                while (true) {
                    boolean last = !writing.get();
                    EventPage page = feed.after(after, null, Duration.ofMillis(300), 7).toCompletableFuture().get();
                    read.addAll(page.items());
                    after = page.next();
                    if (last && page.items().isEmpty()) {
                        return null;
                    }
                }
            });
            // When
            List<Future<?>> writers = new ArrayList<>();
            for (int writer = 0; writer < 8; writer++) {
                int number = writer;
                writers.add(pool.submit(() -> {
                    Random random = new Random(number);
                    for (int i = 0; i < 40; i++) {
                        String mark = number + "/" + i;
                        UUID tenant = tenants.get(random.nextInt(tenants.size()));
                        boolean commits = random.nextInt(5) > 0;
                        try {
                            rows.inAllTenants(() -> {
                                publish(tenant, mark);
                                // Later writers overtake this one here.
                                pause(random.nextInt(8));
                                if (!commits) {
                                    throw new Undo();
                                }
                                return committed.add(mark);
                            });
                        } catch (Undo e) {
                            assertThat(commits).isFalse();
                        }
                    }
                    return null;
                }));
            }
            try {
                for (Future<?> writer : writers) {
                    writer.get(60, TimeUnit.SECONDS);
                }
            } finally {
                writing.set(false);
            }
            reader.get(30, TimeUnit.SECONDS);
        }
        // Then
        List<Event> ours = read.stream().filter(event -> event.type().equals("test.event")).toList();
        assertThat(ours).extracting(event -> event.data().get("mark").asText())
                .containsExactlyInAnyOrderElementsOf(committed);
        assertThat(read).extracting(Event::seq).isSorted().doesNotHaveDuplicates();
        Map<UUID, List<Event>> byTenant = new HashMap<>();
        ours.forEach(event -> byTenant.computeIfAbsent(event.tenantId(), unused -> new ArrayList<>()).add(event));
        assertThat(byTenant).hasSize(3).allSatisfy((tenant, events) -> assertThat(events).extracting(Event::at)
                .isSorted());
    }

    @Test
    void anEventThatWasWrittenFirstAndCommittedLastIsNotSkipped() throws Exception {
        // Given
        long begin = store.number();
        CompletableFuture<Void> written = new CompletableFuture<>();
        CompletableFuture<Void> mayCommit = new CompletableFuture<>();
        CompletableFuture<Void> slow = CompletableFuture.runAsync(() -> QuarkusTransaction.requiringNew().run(() -> {
            rows.allTenants();
            publish(UUID.randomUUID(), "slow");
            written.complete(null);
            mayCommit.join();
        }), Executors.newVirtualThreadPerTaskExecutor());
        written.get(10, TimeUnit.SECONDS);
        rows.inAllTenants(() -> {
            publish(UUID.randomUUID(), "fast");
            return 0;
        });
        EventPage early = feed.after(begin, null, Duration.ZERO, 200).toCompletableFuture().get(5, TimeUnit.SECONDS);
        // When
        mayCommit.complete(null);
        slow.get(10, TimeUnit.SECONDS);
        EventPage late = feed.after(early.next(), null, Duration.ofSeconds(5), 200).toCompletableFuture().get(6,
                TimeUnit.SECONDS);
        // Then
        assertThat(early.items()).extracting(event -> event.data().path("mark").asText()).containsExactly("fast");
        assertThat(late.items()).extracting(event -> event.data().path("mark").asText()).containsExactly("slow");
    }

    private int busyConnections() throws SQLException {
        try (var connection = database.getConnection();
                var query = connection.createStatement();
                var row = query.executeQuery("""
                        select count(*) from pg_stat_activity
                        where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()""")) {
            row.next();
            return row.getInt(1);
        }
    }

    @Test
    void aHundredWaitingPollsHoldNoThreadAndNoConnectionAndAllHearTheNews() throws Exception {
        // Given
        int end = operator().get("/api/v1/events?after=latest").path("next");
        List<CompletableFuture<HttpResponse<String>>> polls = new ArrayList<>();
        try (HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            for (int i = 0; i < 100; i++) {
                polls.add(http.sendAsync(HttpRequest.newBuilder(
                        URI.create(base + "api/v1/events?wait=20s&after=" + end).normalize())
                        .header("Authorization", "Bearer " + first.provisioner()).build(),
                        HttpResponse.BodyHandlers.ofString()));
            }
            Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> feed.waiting() >= 100);
            // A hundred would stay busy; the loops that look for news and for work are at it for moments.
            Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> busyConnections() == 0);
            long started = System.nanoTime();
            operator().get("/api/v1/tenants").then().statusCode(200);
            assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(2));
            // When
            Made tenant = newTenant("team");
            // Then
            for (CompletableFuture<HttpResponse<String>> poll : polls) {
                HttpResponse<String> answer = poll.get(5, TimeUnit.SECONDS);
                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(new ObjectMapper().readTree(answer.body()).findValuesAsText("tenantId"))
                        .contains(tenant.id().toString());
            }
            assertThat(feed.waiting()).isZero();
        }
    }

    @Test
    void aPollWithoutNewsEndsWhenItsWaitIsOver() throws Exception {
        long end = store.number();
        long started = System.nanoTime();
        EventPage page = feed.after(end, null, Duration.ofSeconds(1), 50).toCompletableFuture().get(5,
                TimeUnit.SECONDS);
        Duration took = Duration.ofNanos(System.nanoTime() - started);
        assertThat(page).isEqualTo(new EventPage(List.of(), end));
        assertThat(took).isBetween(Duration.ofMillis(900), Duration.ofMillis(2500));
    }

    @Test
    void aPlaceBeyondTheFeedsEndIsRefusedAndThatOfItsNewestEventIsNot() {
        // Given: the highest number given is not in the feed, its transaction was rolled back
        newTenant("team");
        long end = store.number();
        UUID newest = feed.after(end - 1, null, Duration.ZERO, 1).toCompletableFuture().join().items().getFirst().id();
        rows.inAllTenants(() -> sql.run(connection -> connection.createStatement()
                .execute("select nextval('event_seq')")));
        // When
        Response beyond = service().get("/api/v1/events?wait=10s&after=" + (end + 1));
        // Then
        beyond.then().statusCode(409).contentType("application/problem+json").body("code", equalTo("cursor_ahead"),
                "detail", containsString("ends at " + end));
        service().get("/api/v1/events?after=" + end).then().statusCode(200).body("next", equalTo((int) end));
        service().get("/api/v1/events?after=" + end + "&seen=" + newest).then().statusCode(200);
        service().get("/api/v1/events?after=0&limit=1").then().statusCode(200);
        service().get("/api/v1/events?seen=x&after=" + end).then().statusCode(400)
                .body("errors[0].pointer", equalTo("?seen"));
    }

    @Test
    void aPlaceWhereAnotherEventStandsNowIsRefused() {
        // Given: the reader saw an event there that the restored feed does not have, which has grown past it since
        newTenant("team");
        long end = store.number();
        // When
        Response other = service().get("/api/v1/events?after=" + end + "&seen=" + UUID.randomUUID());
        // Then
        other.then().statusCode(409).body("code", equalTo("cursor_ahead"));
    }

    @Test
    void thePlaceOfAnErasedTenantsEventIsGood() {
        // Given
        Made tenant = newTenant("team");
        long end = store.number();
        UUID newest = feed.after(end - 1, null, Duration.ZERO, 1).toCompletableFuture().join().items().getFirst().id();
        rows.inAllTenants(() -> outbox.forget(tenant.id()));
        // When
        Response same = service().get("/api/v1/events?after=" + end + "&seen=" + newest);
        // Then
        same.then().statusCode(200);
    }

    @Test
    void aPollThatWaitsWhileTheDatabaseIsRestoredIsToldSoAndLaterOnesWaitAsBefore() throws Exception {
        // Given
        newTenant("team");
        long before = store.number();
        newTenant("team");
        long end = store.number();
        CompletableFuture<EventPage> poll = feed.after(end, null, Duration.ofSeconds(20), 50).toCompletableFuture();
        Awaitility.await().until(() -> feed.waiting() > 0);
        // When
        SuperUser.run(url, "delete from event where seq > " + before);
        // Then
        assertThatThrownBy(() -> poll.get(5, TimeUnit.SECONDS)).hasRootCauseInstanceOf(ProblemException.class)
                .rootCause().hasMessageContaining("cursor_ahead");
        assertThat(feed.after(before, null, Duration.ofSeconds(1), 50).toCompletableFuture().get(5, TimeUnit.SECONDS))
                .isEqualTo(new EventPage(List.of(), before));
    }

    @Test
    void newsFromAnotherReplicaArriveWithinASecond() throws Exception {
        // Given
        long end = store.number();
        CompletableFuture<EventPage> poll = feed.after(end, null, Duration.ofSeconds(10), 50).toCompletableFuture();
        Awaitility.await().until(() -> feed.waiting() > 0);
        // When: a row that nobody in this process told the feed of
        try (var connection = database.getConnection(); var sql = connection.createStatement()) {
            sql.execute("begin");
            sql.execute("set local pocket.tenant = '*'");
            sql.execute("insert into event (id, type, at, data) values ('" + UUID.randomUUID()
                    + "', 'other.replica', now(), '{}')");
            sql.execute("commit");
        }
        // Then
        assertThat(poll.get(2, TimeUnit.SECONDS).items()).extracting(Event::type).containsExactly("other.replica");
    }
}
