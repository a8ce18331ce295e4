package dev.pocketagent.testkit;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import jakarta.inject.Inject;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.body.Bodies;
import dev.pocketagent.kit.db.Schema;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;

/** Senders that are slow, greedy or never come to an end, against a service with 8 workers and a deadline of 1.5 s. */
@QuarkusTest
@QuarkusTestResource(PostgresResource.class)
@QuarkusTestResource(RegistryResource.class)
@Tag("slow")
class SlowBodiesTest {

    private static final int WORKERS = 8;
    /** Of 48 that may be arriving. */
    private static final int A_THIRD = 16;

    RegistryDouble registry;

    @Inject
    Schema schema;
    @Inject
    Bodies bodies;
    @TestHTTPResource(value = "/metrics", management = true)
    URL metrics;

    private final List<Socket> open = new ArrayList<>();
    private String key;
    private String other;

    @BeforeEach
    void keys() {
        await().atMost(Duration.ofSeconds(20)).until(schema::ready);
        key = registry.issue(Roles.TENANT_ADMIN, registry.newTenant());
        other = registry.issue(Roles.TENANT_ADMIN, registry.newTenant());
        // A key that is known already: what is measured is the body, not the look-up.
        given().header("Authorization", "Bearer " + other).get("/api/v1/toys").then().statusCode(200);
        given().header("Authorization", "Bearer " + key).get("/api/v1/toys").then().statusCode(200);
    }

    @AfterEach
    void close() throws IOException {
        for (Socket socket : open) {
            socket.close();
        }
    }

    @Test
    void whatABodyHadIsGivenBackWithItsAnswer() {
        long before = bodies.bytes();
        for (int i = 0; i < 20; i++) {
            String name = UUID.randomUUID().toString().replaceAll("[^a-f]", "") + "held" + (char) ('a' + i);
            given().header("Authorization", "Bearer " + key).contentType("application/json")
                    .body("{\"name\":\"" + "x".repeat(900_000) + "\"}").post("/api/v1/toys").then().statusCode(400);
            given().header("Authorization", "Bearer " + key).contentType("application/json")
                    .body("{\"name\":\"" + name + "\"}").post("/api/v1/toys").then().statusCode(201);
        }
        await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> assertThat(bodies.bytes()).isEqualTo(before));
    }

    private Socket send(String key, String headers, String begin) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), RestAssured.port);
        open.add(socket);
        socket.setSoTimeout(10_000);
        String bearer = key.isEmpty() ? "" : "Authorization: Bearer " + key + "\r\n";
        write(socket, "POST /api/v1/toys HTTP/1.1\r\nHost: x\r\n" + bearer + "Content-Type: application/json\r\n"
                + "Idempotency-Key: " + UUID.randomUUID() + "\r\n" + headers + "\r\n\r\n" + begin);
        return socket;
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** What comes until the connection ends. */
    private static String rest(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** The first piece of an answer, "" when none has come within a moment. */
    private static String soon(Socket socket) throws IOException {
        socket.setSoTimeout(300);
        byte[] piece = new byte[4096];
        try {
            int count = socket.getInputStream().read(piece);
            return count < 0 ? "closed" : new String(piece, 0, count, StandardCharsets.UTF_8);
        } catch (SocketTimeoutException e) {
            return "";
        }
    }

    private static String newName() {
        return UUID.randomUUID().toString().replaceAll("[^a-f]", "") + Long.toString(System.nanoTime(), 36)
                .replaceAll("[0-9]", "z");
    }

    private void assertOthersAreServed() {
        long before = System.nanoTime();
        given().header("Authorization", "Bearer " + other).header("Idempotency-Key", UUID.randomUUID().toString())
                .contentType("application/json").body("{\"name\":\"" + newName() + "\"}").post("/api/v1/toys").then()
                .statusCode(201);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void slowSendersHoldNoWorkerAndAreSentAwayAtTheDeadline() throws Exception {
        // Given more of them than there are workers
        List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < WORKERS + 4; i++) {
            slow.add(send(key, i % 2 == 0 ? "Content-Length: 100000" : "Transfer-Encoding: chunked",
                    i % 2 == 0 ? "{\"name\":" : "8\r\n{\"name\":\r\n"));
        }

        // When
        assertOthersAreServed();

        // Then
        for (Socket socket : slow) {
            assertThat(rest(socket)).startsWith("HTTP/1.1 408 ").containsIgnoringCase("connection: close")
                    .contains("application/problem+json", "\"code\":\"request_timeout\"", "1500 ms");
        }
        assertThat(given().get(metrics).asString())
                .containsPattern("pocket_bodies_refused_total\\{reason=\"timeout\"} \\d");
    }

    @Test
    void aSenderThatTricklesIsSentAwayToo() throws Exception {
        // Given
        Socket socket = send(key, "Content-Length: 100000", "{");
        Thread trickle = Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    Thread.sleep(100);
                    write(socket, " ");
                }
            } catch (IOException | InterruptedException e) {
                // the connection is closed: the end of it
            }
        });

        // When
        String answer = rest(socket);

        // Then
        assertThat(answer).startsWith("HTTP/1.1 408 ");
        assertThat(trickle.join(Duration.ofSeconds(5))).isTrue();
    }

    @Test
    void oneTenantCannotHoldAllPlacesHoweverManyKeysItHas() throws Exception {
        // Given
        UUID tenant = registry.newTenant();
        List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String one = registry.issue(Roles.TENANT_ADMIN, tenant);
            for (int j = 0; j < A_THIRD; j++) {
                slow.add(send(one, "Content-Length: 1000", "{"));
            }
        }

        // When
        assertOthersAreServed();

        // Then
        int sentAway = 0;
        for (Socket socket : slow) {
            String answer = soon(socket);
            if (answer.startsWith("HTTP/1.1 429 ")) {
                assertThat(answer).contains("\"code\":\"rate_limited\"").containsIgnoringCase("retry-after: 1");
                sentAway++;
            }
            if (sentAway == 2 * A_THIRD) {
                break;
            }
        }
        assertThat(sentAway).isEqualTo(2 * A_THIRD);
    }

    @Test
    void aBodyThatComesInPiecesInTimeIsTakenWhole() throws Exception {
        // Given
        String body = "{\"name\":\"a" + newName() + "\"}";
        Socket announced = send(key, "Connection: close\r\nContent-Length: " + body.length(), "");
        Socket chunked = send(key, "Connection: close\r\nTransfer-Encoding: chunked", "");

        // When
        for (char c : body.toCharArray()) {
            write(announced, String.valueOf(c));
            Thread.sleep(1);
        }
        for (char c : body.replace(":\"a", ":\"b").toCharArray()) {
            write(chunked, "1\r\n" + c + "\r\n");
            Thread.sleep(1);
        }
        write(chunked, "0\r\n\r\n");

        // Then
        assertThat(rest(announced)).startsWith("HTTP/1.1 201 ");
        assertThat(rest(chunked)).startsWith("HTTP/1.1 201 ");
    }

    @Test
    void whoAsksBeforeSendingIsToldToGoOn() throws Exception {
        // Given
        String body = "{\"name\":\"" + newName() + "\"}";
        Socket socket = send(key,
                "Expect: 100-continue\r\nConnection: close\r\nContent-Length: " + body.length(), "");

        // When
        String goOn = soon(socket);
        write(socket, body);

        // Then
        assertThat(goOn).startsWith("HTTP/1.1 100 ");
        socket.setSoTimeout(10_000);
        assertThat(rest(socket)).startsWith("HTTP/1.1 201 ");
    }

    @Test
    void aBodyPastTheLimitIsRefusedHoweverItIsSent() throws Exception {
        // Given
        String name = "x".repeat(1024 * 1024);
        String body = "{\"name\":\"" + name.substring(11) + "\"}";

        // When / Then
        given().header("Authorization", "Bearer " + key).header("Idempotency-Key", "limit")
                .contentType("application/json").body(body).post("/api/v1/toys").then().statusCode(400)
                .body("code", equalTo("invalid_input"));
        given().header("Authorization", "Bearer " + key).contentType("application/json").body(body + " ")
                .post("/api/v1/toys").then().statusCode(413);
        Socket chunked = send(key, "Transfer-Encoding: chunked",
                Integer.toHexString(body.length() + 1) + "\r\n" + body + " ");
        assertThat(rest(chunked)).startsWith("HTTP/1.1 413 ").contains("\"code\":\"payload_too_large\"");
    }

    @Test
    void withoutAKeyNobodyWaitsForABody() throws Exception {
        assertThat(soon(send("", "Content-Length: 1000", "{"))).startsWith("HTTP/1.1 401 ");
    }

    @Test
    void aSenderThatLeavesGivesItsPlaceBack() throws Exception {
        // Given
        for (int i = 0; i < A_THIRD; i++) {
            send(key, "Content-Length: 1000", "{");
        }

        // When
        close();

        // Then
        await().atMost(Duration.ofSeconds(1)).untilAsserted(() -> {
            String body = "{\"name\":\"" + newName() + "\"}";
            Socket socket = send(key, "Connection: close\r\nContent-Length: " + body.length(), body);
            assertThat(rest(socket)).startsWith("HTTP/1.1 201 ");
        });
    }
}
