package dev.pocketagent.registry.pocketbase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.pocketagent.registry.pocketbase.FakePocketBase.Fault;

/** The client against a server, or a proxy before it, that misbehaves. */
@Tag("slow")
class ClientFaultTest {

    private static final String LIST = "GET /api/collections/tenants/records";

    private FakePocketBase server;
    private Admin admin;
    private PocketBaseClient client;
    private Clock clock = Clock.systemUTC();
    private final List<Duration> pauses = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        server = new FakePocketBase();
        admin = new Admin(server);
        admin.makeCollection("tenants");
        client = make("page-size", "2");
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    private PocketBaseClient make(String... more) throws PocketBaseException {
        return new PocketBaseClient(Settings.of(TestSettings.with(server, more)), new ObjectMapper(), new Clock() {
            @Override
            public Instant instant() {
                return clock.instant();
            }

            @Override
            public ZoneOffset getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(java.time.ZoneId zone) {
                return this;
            }
        }, pauses::add);
    }

    private void records(int number) {
        for (int i = 0; i < number; i++) {
            admin.add("tenants", Map.of("slug", "t" + i, "state", "active"));
        }
    }

    private List<JsonNode> read() throws PocketBaseException, InterruptedException {
        return client.list(client.prove(), Function.identity());
    }

    @ParameterizedTest
    @CsvSource({"RATE_LIMITED,rate_limited", "LIMITED_FOR_AN_HOUR,rate_limited", "SERVER_ERROR,server_error",
            "HTML_BAD_GATEWAY,server_error", "HTML,not_pocketbase", "NOT_A_LIST,not_pocketbase", "REDIRECT,redirected",
            "SLOW_DRIP,timed_out", "ENDLESS,answer_too_large", "DROPPED,unreachable", "GUEST,not_superuser",
            "NOT_SUPERUSER,not_superuser"})
    void eachMisbehaviourHasItsName(Fault fault, String code) throws Exception {
        // Given
        records(3);
        Collection collection = client.prove();
        client.close();
        client = make("timeout", fault == Fault.SLOW_DRIP ? "200ms" : "20s");
        boolean atProof = fault == Fault.GUEST || fault == Fault.NOT_SUPERUSER;
        server.fail(fault, atProof ? "GET /api/collections/tenants" : LIST, 1_000);
        long start = System.nanoTime();
        // When
        assertThatThrownBy(() -> client.list(collection, Function.identity()))
                .isInstanceOfSatisfying(PocketBaseException.class, e -> {
                    // Then
                    assertThat(e.trouble().code()).as(e.getMessage()).isEqualTo(code);
                    assertThat(e.getMessage()).doesNotContain(TestServer.PASSWORD).doesNotContain("eyJ")
                            .doesNotContain("<!doctype");
                });
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
        server.heal();
        client.close();
        client = make();
        assertThat(read()).as("and it is over when it is over").hasSize(3);
    }

    @Test
    void whatPassesIsWaitedForAsLongAsPocketBaseAsks() throws Exception {
        records(3);
        server.fail(Fault.RATE_LIMITED, LIST, 2);
        assertThat(read()).hasSize(3);
        assertThat(pauses).containsExactly(Duration.ofSeconds(7), Duration.ofSeconds(7));
        pauses.clear();
        server.fail(Fault.SERVER_ERROR, LIST, 3);
        assertThat(read()).hasSize(3);
        assertThat(pauses).hasSize(3).isSorted();
        pauses.clear();
        server.fail(Fault.LIMITED_FOR_AN_HOUR, LIST, 1);
        assertThatThrownBy(this::read).isInstanceOfSatisfying(PocketBaseException.class,
                e -> assertThat(e.retryAfter()).isEqualTo(Duration.ofHours(1)));
        assertThat(pauses).as("nobody waits an hour in a run").isEmpty();
    }

    @Test
    void becomingAGuestWhileTheListIsReadIsNoticed() throws Exception {
        records(5);
        Collection collection = client.prove();
        server.fail(Fault.GUEST, "tenants", 1_000);
        assertThat(admin.call("GET", "/api/collections/tenants/records", admin.token(), null).status())
                .as("a guest's list is no error").isEqualTo(200);
        assertThatThrownBy(() -> client.list(collection, Function.identity())).isInstanceOfSatisfying(
                PocketBaseException.class,
                e -> assertThat(e.trouble()).isEqualTo(Trouble.NOT_SUPERUSER));
    }

    @Test
    void ofAPageOnlyWhatIsMadeOfItsRecordsIsKept() throws Exception {
        // Given
        records(6);
        client.close();
        client = make("page-size", "2");
        List<WeakReference<JsonNode>> given = new ArrayList<>();
        List<Boolean> held = new ArrayList<>();
        // When
        List<String> ids = client.list(client.prove(), item -> {
            given.add(new WeakReference<>(item));
            if (given.size() == 5) {
                System.gc();
                given.subList(0, 4).forEach(earlier -> held.add(earlier.get() != null));
            }
            return item.path("id").asText();
        });
        // Then: what an endless text in a record costs is over with its page
        assertThat(ids).hasSize(6).isSorted();
        assertThat(held).containsExactly(false, false, false, false);
    }

    @Test
    void aListThatShrinksIsReadOnceMoreAndThenGivenUp() throws Exception {
        records(9);
        server.fail(Fault.SHRINKING_LIST, LIST, 1);
        assertThat(read()).hasSize(8);
        server.fail(Fault.SHRINKING_LIST, LIST, 1_000);
        assertThatThrownBy(this::read).isInstanceOfSatisfying(PocketBaseException.class,
                e -> assertThat(e.trouble()).isEqualTo(Trouble.LIST_CHANGED));
    }

    @Test
    void aRevokedTokenIsReplacedBySigningInOnce() throws Exception {
        records(1);
        read();
        server.forgetCalls();
        server.fail(Fault.GUEST, "GET /api/collections/tenants", 1);
        assertThat(read()).hasSize(1);
        assertThat(server.calls()).containsOnlyOnce("POST /api/collections/_superusers/auth-with-password");
    }

    @Test
    void aTokenIsReplacedBeforeItIsOver() throws Exception {
        records(1);
        read();
        server.forgetCalls();
        Clock now = clock;
        clock = Clock.offset(now, Duration.ofHours(23));
        read();
        assertThat(server.calls()).noneMatch(call -> call.startsWith("POST"));
        clock = Clock.offset(now, Duration.ofHours(24).minusSeconds(20));
        // The server's clock did not move, so its new token looks as short-lived as the old one.
        assertThatThrownBy(this::read).isInstanceOfSatisfying(PocketBaseException.class,
                e -> assertThat(e.trouble()).isEqualTo(Trouble.TOKEN_EXPIRED));
        assertThat(server.calls()).contains("POST /api/collections/_superusers/auth-with-password");
    }

    @Test
    void aServerThatSendsOurTokenBackDoesNotGetItIntoTheReport() throws Exception {
        records(1);
        String id = admin.records("tenants").getFirst().path("id").asText();
        String token = admin.token();
        admin.change("tenants", id, Map.of("note", "x"));
        assertThatThrownBy(() -> client.patch(id, Map.of("state", token)))
                .isInstanceOfSatisfying(PocketBaseException.class, e -> {
                    assertThat(e.trouble()).isEqualTo(Trouble.REFUSED);
                    assertThat(e.getMessage() + e.fields()).contains("***").doesNotContain(token.substring(0, 30));
                });
    }

    @Test
    void aMissingSecretIsNamedByItsFile() throws IOException {
        assertThatThrownBy(() -> make("password-file", "/nowhere/password").prove())
                .isInstanceOfSatisfying(PocketBaseException.class, e -> {
                    assertThat(e.trouble()).isEqualTo(Trouble.MISCONFIGURED);
                    assertThat(e.getMessage()).contains("/nowhere/password").contains("password-file");
                });
    }
}
