package dev.pocketagent.registry.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;

import jakarta.inject.Inject;

import org.eclipse.microprofile.health.HealthCheckResponse;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.pocketagent.kit.auth.KeyVerifier;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.RowScope;
import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.kit.key.ApiKey;
import dev.pocketagent.kit.key.KeyKind;
import dev.pocketagent.registry.RegistryTestBase;
import dev.pocketagent.registry.key.AdoptedKeys;
import dev.pocketagent.registry.key.KeyView;
import dev.pocketagent.registry.key.Keys;
import dev.pocketagent.registry.key.LocalKeySource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;

/** Starts of the service with files that change between them. */
@Tag("slow")
@QuarkusTest
class BootstrapRotationTest extends RegistryTestBase {

    @Inject
    Keys keys;
    @Inject
    AdoptedKeys adopted;
    @Inject
    LocalKeySource source;
    @Inject
    KeyVerifier verifier;
    @Inject
    RowScope rows;

    @TempDir
    Path services;

    private Path file;

    @BeforeEach
    void nameOfItsOwn() {
        file = services.resolve("s" + UUID.randomUUID() + ".key");
    }

    private ApiKey write() throws IOException {
        return write(ApiKey.generate(KeyKind.SERVICE));
    }

    private ApiKey write(ApiKey key) throws IOException {
        Files.writeString(file, key.secret() + "\n");
        return key;
    }

    private void start(Duration overlap) {
        Bootstrap bootstrap = new Bootstrap(new BootstrapConfig() {
            @Override
            public Optional<Path> operatorKeyFile() {
                return Optional.empty();
            }

            @Override
            public Optional<Path> serviceKeysDir() {
                return Optional.of(services);
            }

            @Override
            public Duration overlap() {
                return overlap;
            }
        }, keys, adopted, source, verifier, rows);
        bootstrap.start(new Schema.Ready());
        await().atMost(Duration.ofSeconds(20))
                .until(() -> bootstrap.call().getStatus() == HealthCheckResponse.Status.UP);
    }

    private KeyView stored(ApiKey key) {
        return rows.inAllTenants(() -> keys.known(key)).orElseThrow();
    }

    private static int status(ApiKey key) {
        return with(key.secret()).get("/api/v1/plans").statusCode();
    }

    @Test
    void aNewTextInAFileTakesOverAndTheOldGoesOnForTheOverlap() throws IOException {
        // Given
        ApiKey old = write();
        start(Duration.ofHours(1));
        assertThat(status(old)).isEqualTo(200);
        ApiKey next = write();
        // When
        start(Duration.ofHours(1));
        // Then
        assertThat(status(next)).isEqualTo(200);
        assertThat(status(old)).isEqualTo(200);
        assertThat(stored(old).replacedBy()).isEqualTo(stored(next).id());
        assertThat(stored(old).expiresAt()).isCloseTo(Instant.now().plusSeconds(3600), within(1, ChronoUnit.MINUTES));
        assertThat(stored(next).expiresAt()).isNull();
        String trail = operator().get("/api/v1/audit?limit=200&tenant=00000000-0000-0000-0000-000000000000")
                .then().statusCode(200).extract()
                .path("items.find { it.target == 'key/" + stored(old).id() + "' }.action");
        assertThat(trail).isEqualTo("key.rotate");
    }

    @Test
    void aLeakedKeyEndsWithTheStartThatBringsItsSuccessor() throws IOException {
        ApiKey old = write();
        start(Duration.ofHours(1));
        ApiKey next = write();
        start(Duration.ZERO);
        assertThat(status(old)).isEqualTo(401);
        assertThat(status(next)).isEqualTo(200);
        operator().get("/api/v1/keys/" + stored(old).id()).then().body("state", equalTo("revoked"));
    }

    @Test
    void aReplicaThatStartsWithTheOldFileChangesNothing() throws IOException {
        ApiKey old = write();
        start(Duration.ZERO);
        ApiKey next = write();
        start(Duration.ZERO);
        KeyView before = stored(next);

        write(old);
        start(Duration.ZERO);

        assertThat(stored(next)).isEqualTo(before);
        assertThat(status(next)).isEqualTo(200);
        assertThat(status(old)).isEqualTo(401);
    }

    @Test
    void aKeyThatAnOlderVersionTookOverGetsItsScopesAtTheNextStart() throws IOException {
        // Given: as such a version left it
        ApiKey router = ApiKey.parse(first.router()).orElseThrow();
        UUID id = stored(router).id();
        List<String> scopes = List.of("registry:follow", "registry:verify");
        assertThat(stored(router).scopes()).isEqualTo(scopes);
        assertThat(rows.inAllTenants(() -> keys.scope(id, new TreeSet<>()))).isTrue();
        assertThat(status(router)).isEqualTo(200);
        String next = operator().get("/api/v1/events?after=latest").then().extract().path("next").toString();
        file = services.resolve("router.key");
        write(router);
        // When
        start(Duration.ofHours(1));
        // Then
        assertThat(stored(router).id()).isEqualTo(id);
        assertThat(stored(router).scopes()).isEqualTo(scopes);
        assertThat(status(router)).as("reading plans").isEqualTo(403);
        with(router.secret()).get("/api/v1/events?after=latest").then().statusCode(200);
        operator().get("/api/v1/events?limit=200&after=" + next).then().body(
                "items.findAll { it.data.keyId == '" + id + "' }.type", equalTo(List.of("key.updated")));
        long version = stored(router).version();
        start(Duration.ofHours(1));
        assertThat(stored(router).version()).as("a start that finds all in place").isEqualTo(version);
    }

    @Test
    void keysOfOtherNamesAndKeysThatPeopleIssuedKeepWhatTheyHave() throws IOException {
        ApiKey own = write();
        start(Duration.ofHours(1));
        assertThat(stored(own).scopes()).isEmpty();
        assertThat(status(own)).isEqualTo(200);
        UUID issued = UUID.fromString(operator().body(Map.of("name", "router", "role", Roles.SERVICE))
                .post("/api/v1/keys").then().statusCode(201).extract().path("id"));
        start(Duration.ofHours(1));
        operator().get("/api/v1/keys/" + issued).then().body("scopes", equalTo(List.of()));
    }

    @Test
    void keysFromFilesAreLookedUpHoweverManyBadOnesComeFromTheirAddress() throws Exception {
        // Given: an address of its own, so that no other test has to wait
        HttpClient neighbour = HttpClient.newBuilder().localAddress(InetAddress.getByName("127.0.0.68")).build();
        ApiKey old = write();
        start(Duration.ofHours(1));
        ApiKey next = write();
        start(Duration.ofHours(1));
        int status;
        int tries = 0;
        do {
            status = get(neighbour, ApiKey.generate(KeyKind.SERVICE));
            tries++;
        } while (status == 401 && tries < 1_000);
        assertThat(status).isEqualTo(429);
        // When: neither was ever shown, so neither is remembered
        int ofOld = get(neighbour, old);
        int ofNext = get(neighbour, next);
        // Then
        assertThat(ofOld).isEqualTo(200);
        assertThat(ofNext).isEqualTo(200);
    }

    private static int get(HttpClient client, ApiKey key) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + RestAssured.port + "/api/v1/plans"))
                .header("Authorization", "Bearer " + key.secret()).build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }
}
