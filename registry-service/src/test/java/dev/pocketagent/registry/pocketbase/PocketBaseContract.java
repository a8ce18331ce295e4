package dev.pocketagent.registry.pocketbase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * What the bridge relies on, and that its client copes with it. Runs against the fake always, and against the real
 * PocketBase where that is at hand, so that the fake stays true.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class PocketBaseContract {

    private static final String TENANTS = "tenants";

    private TestServer server;
    private Admin admin;
    private final List<PocketBaseClient> clients = new ArrayList<>();

    abstract TestServer startServer() throws Exception;

    @BeforeAll
    void start() throws Exception {
        server = startServer();
        System.out.println("PocketBase contract runs against " + server.describe());
        admin = new Admin(server);
        admin.makeCollection(TENANTS);
    }

    @AfterEach
    void tidy() {
        admin.clear(TENANTS);
        clients.forEach(PocketBaseClient::close);
    }

    @AfterAll
    void stop() {
        if (server != null) {
            server.close();
        }
    }

    private PocketBaseClient client(String... more) throws PocketBaseException {
        return client(TestSettings.with(server, more));
    }

    private PocketBaseClient client(PocketBaseConfig config) throws PocketBaseException {
        PocketBaseClient client = new PocketBaseClient(Settings.of(config), new ObjectMapper(), Clock.systemUTC(),
                time -> {
                    throw new AssertionError("Nothing is worth waiting for here, and it was for " + time);
                });
        clients.add(client);
        return client;
    }

    private PocketBaseClient clientWithToken(String token) throws PocketBaseException {
        return client(TestSettings.config("url", server.url(), "token-file", TestSettings.secret(token)));
    }

    private String newRecord(String slug, String state) {
        return admin.add(TENANTS, Map.of("slug", slug, "name", "Tenant " + slug, "plan", "team", "state", state));
    }

    private static void fails(Trouble trouble, ThrowingWork work) {
        assertThatThrownBy(work::run).isInstanceOfSatisfying(PocketBaseException.class,
                e -> assertThat(e.trouble()).as(e.getMessage()).isEqualTo(trouble));
    }

    private interface ThrowingWork {
        void run() throws Exception;
    }

    @Test
    void aSuperuserIsProvenAndSeesTheCollectionsFields() throws Exception {
        Collection collection = client().prove();
        assertThat(collection.fields()).containsKeys("id", "slug", "state", "coolify_project_uuid");
        assertThat(collection.takes("state", "paused")).isTrue();
        assertThat(collection.takes("state", "suspended")).isFalse();
        assertThat(collection.takes("note", "anything")).isTrue();
        assertThat(collection.has("nothing")).isFalse();
    }

    @Test
    void aWrongPasswordIsRefusedAndNamesNoSecret() throws Exception {
        PocketBaseClient client = client("password-file", TestSettings.secret("not the password"));
        assertThatThrownBy(client::prove).isInstanceOfSatisfying(PocketBaseException.class, e -> {
            assertThat(e.trouble()).isEqualTo(Trouble.SIGN_IN_REFUSED);
            assertThat(e.getMessage()).doesNotContain("not the password");
        });
    }

    @Test
    void aCollectionOrPathThatIsNotThereIsSaid() {
        fails(Trouble.COLLECTION_UNKNOWN, () -> client("collection", "nothing").prove());
        fails(Trouble.FIELD_UNKNOWN, () -> client("fields.slug", "nothing").prove());
        fails(Trouble.NOT_POCKETBASE, () -> client("auth-path", "/api/admins/auth-with-password").prove());
    }

    @Test
    void anImpersonationTokenWorksToo() throws Exception {
        newRecord("one", "active");
        PocketBaseClient client = clientWithToken(admin.impersonation(3600));
        assertThat(client.list(client.prove(), Function.identity())).hasSize(1);
    }

    /** The trap itself: PocketBase answers a token that is over with 200 and fewer records. */
    @Test
    void aTokenThatIsOverIsAGuestsForPocketBaseAndAnErrorForUs() throws Exception {
        newRecord("one", "active");
        newRecord("two", "paused");
        String token = admin.impersonation(1);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> admin.call("GET", "/api/collections/tenants", token, null).status() == 401);
        Admin.Reply list = admin.call("GET", "/api/collections/tenants/records", token, null);
        assertThat(list.status()).isEqualTo(200);
        assertThat(list.body().path("totalItems").asInt()).as("of two").isEqualTo(1);
        fails(Trouble.TOKEN_EXPIRED, () -> clientWithToken(token).prove());
    }

    @Test
    void aTokenThatPocketBaseDoesNotKnowIsAGuestsAndAnErrorForUs() {
        String[] parts = admin.token().split("\\.");
        String forged = parts[0] + "." + parts[1] + "." + "A".repeat(parts[2].length());
        assertThat(admin.call("GET", "/api/collections/tenants/records", forged, null).status()).isEqualTo(200);
        fails(Trouble.NOT_SUPERUSER, () -> clientWithToken(forged).prove());
        fails(Trouble.MISCONFIGURED, () -> clientWithToken("no token at all").prove());
    }

    @Test
    void anOrdinaryUsersTokenIsAnError() {
        newRecord("one", "paused");
        String token = admin.userToken();
        Admin.Reply list = admin.call("GET", "/api/collections/tenants/records", token, null);
        assertThat(list.status()).isEqualTo(200);
        assertThat(list.body().path("items").size()).isZero();
        assertThat(admin.call("GET", "/api/collections/tenants", token, null).status()).isEqualTo(403);
        fails(Trouble.NOT_SUPERUSER, () -> clientWithToken(token).prove());
    }

    @Test
    void allPagesAreReadInTheOrderOfIdsWithTheMappedFieldsOnly() throws Exception {
        for (int i = 0; i < 11; i++) {
            newRecord("t" + i, i % 2 == 0 ? "active" : "paused");
        }
        for (String size : List.of("1", "5", "11", "1000")) {
            PocketBaseClient client = client("page-size", size);
            List<JsonNode> list = client.list(client.prove(), Function.identity());
            assertThat(list).extracting(item -> item.path("id").asText()).hasSize(11).isSorted();
            assertThat(list.getFirst().has("slug")).isTrue();
            assertThat(list.getFirst().has("note")).isFalse();
        }
        admin.clear(TENANTS);
        PocketBaseClient client = client();
        assertThat(client.list(client.prove(), Function.identity())).isEmpty();
    }

    @Test
    void moreRecordsThanAllowedAreRefused() throws Exception {
        for (int i = 0; i < 3; i++) {
            newRecord("t" + i, "active");
        }
        PocketBaseClient client = client("max-records", "2");
        fails(Trouble.TOO_MANY_RECORDS, () -> client.list(client.prove(), Function.identity()));
    }

    @Test
    void fieldsAreWrittenAndOthersStay() throws Exception {
        String id = newRecord("one", "active");
        PocketBaseClient client = client();
        client.patch(id, Map.of("coolify_project_uuid", "abc", "not_a_field", "x", "seats", "12"));
        JsonNode record = client.get(id);
        assertThat(record.path("coolify_project_uuid").asText()).isEqualTo("abc");
        assertThat(record.path("name").asText()).isEqualTo("Tenant one");
        assertThat(record.path("seats").asText()).isEqualTo("12");
        assertThat(record.has("not_a_field")).isFalse();
        client.patch(id, Map.of("coolify_project_uuid", ""));
        assertThat(client.get(id).path("coolify_project_uuid").asText("?")).isEmpty();
    }

    @Test
    void wrongValuesAreRefusedByField() throws Exception {
        String id = newRecord("one", "active");
        PocketBaseClient client = client();
        assertThatThrownBy(() -> client.patch(id, Map.of("coolify_project_uuid", "x".repeat(41), "state", "suspended",
                "slug", ""))).isInstanceOfSatisfying(PocketBaseException.class, e -> {
                    assertThat(e.trouble()).isEqualTo(Trouble.REFUSED);
                    assertThat(e.fields()).containsOnlyKeys("coolify_project_uuid", "state", "slug");
                    assertThat(e.fields().get("state")).isEqualTo("Invalid value suspended.");
                });
        assertThat(client.get(id).path("state").asText()).isEqualTo("active");
    }

    @Test
    void aRecordThatIsGoneIsSaid() throws Exception {
        PocketBaseClient client = client();
        fails(Trouble.RECORD_UNKNOWN, () -> client.get("aaaaaaaaaaaaaaa"));
        fails(Trouble.RECORD_UNKNOWN, () -> client.patch("aaaaaaaaaaaaaaa", Map.of("plan", "team")));
    }

    @Test
    void recordsReadAsTheMappingSays() throws Exception {
        String id = newRecord("one", "paused");
        PocketBaseConfig config = TestSettings.with(server);
        PocketBaseClient client = client(config);
        Collection collection = client.prove();
        RemoteRecord record = Settings.of(config).mapping().read(
                client.list(collection, Function.identity()).getFirst(), collection,
                Set.of("team"));
        assertThat(record.errors()).isEmpty();
        assertThat(record.id()).isEqualTo(id);
        assertThat(record.values()).isEqualTo(new Values("Tenant one", "team", "suspended"));
        assertThat(record.tenantId()).isNull();
        assertThat(record.raw().keySet().stream().sorted().collect(Collectors.joining(" ")))
                .isEqualTo("coolify_project_uuid coolify_service_uuid last_error name plan slug state tenant_id");
    }

    @Test
    void anAddressWhereNothingAnswersIsSaid() throws Exception {
        PocketBaseClient client = new PocketBaseClient(Settings.of(TestSettings.config("url", "http://127.0.0.1:9",
                "token-file", TestSettings.secret(admin.token()), "connect-timeout", "2s")), new ObjectMapper(),
                Clock.systemUTC(), time -> assertThat(time).isLessThan(Duration.ofSeconds(5)));
        clients.add(client);
        fails(Trouble.UNREACHABLE, client::prove);
    }
}
