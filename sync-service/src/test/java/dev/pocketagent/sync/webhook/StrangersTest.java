package dev.pocketagent.sync.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import jakarta.inject.Inject;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.sync.SyncTestBase;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;

/** People who know the address of a webhook and not its secret. Each test comes from an address of its own, 127.0.0.x. */
@QuarkusTest
class StrangersTest extends SyncTestBase {

    private static final String BODY = "{\"ref\":\"refs/heads/other\"}";
    private static final String WRONG = "X-Hub-Signature-256: sha256=" + "0".repeat(64) + "\r\n";
    /** A third of what the tests allow in all. */
    private static final int AT_ONCE = 41;

    @TestHTTPResource
    URL service;
    @Inject
    MeterRegistry meters;
    private String id;
    private String secret;

    @BeforeEach
    void aSource() {
        String name = newName();
        newRepository(name);
        JsonPath made = with(admin).body(gitSource(name)).post("/api/v1/sources").jsonPath();
        id = made.getString("id");
        secret = made.getString("webhookSecret");
    }

    @Test
    void theySilenceNobody() {
        // When: more than a webhook takes a minute, without a signature and with a wrong one
        for (int i = 0; i < 50; i++) {
            assertThat(answer("127.0.0.2", "", BODY)).startsWith("HTTP/1.1 401").contains("bad_signature");
            assertThat(answer("127.0.0.2", WRONG, BODY)).startsWith("HTTP/1.1 401").contains("bad_signature");
        }

        // Then
        assertThat(answer("127.0.0.2", genuine(secret), BODY)).startsWith("HTTP/1.1 204");
    }

    @Test
    void anAddressWithManyFailuresWaitsAndGenuineOnesAreNone() {
        // Given
        String name = newName();
        newRepository(name);
        JsonPath second = with(admin).body(gitSource(name)).post("/api/v1/sources").jsonPath();
        String first = id;

        // When / Then: more genuine ones than failures would be allowed
        for (int i = 0; i < 35; i++) {
            id = first;
            assertThat(answer("127.0.0.3", genuine(secret), BODY)).startsWith("HTTP/1.1 204");
            id = second.getString("id");
            assertThat(answer("127.0.0.3", genuine(second.getString("webhookSecret")), BODY))
                    .startsWith("HTTP/1.1 204");
        }
        List<String> failures = new ArrayList<>();
        for (int i = 0; i < 75; i++) {
            failures.add(answer("127.0.0.3", WRONG, BODY));
        }
        assertThat(failures.subList(0, 60)).allSatisfy(answer -> assertThat(answer).startsWith("HTTP/1.1 401"));
        assertThat(failures).anySatisfy(
                answer -> assertThat(answer).startsWith("HTTP/1.1 429").containsIgnoringCase("retry-after: 5"));
        assertThat(answer("127.0.0.4", genuine(second.getString("webhookSecret")), BODY)).startsWith("HTTP/1.1 204");
    }

    @Test
    void oneWebhookTakesNoMoreThanItsRate() {
        // When
        List<String> answers = new ArrayList<>();
        for (int i = 0; i < 55; i++) {
            answers.add(answer("127.0.0.5", genuine(secret), BODY).substring(9, 12));
        }

        // Then
        assertThat(answers.subList(0, 40)).containsOnly("204");
        assertThat(answers).contains("429");
    }

    @Test
    void ofALargeDeliveryNothingIsKept() {
        // Given: more than is kept of one, about another branch
        String large = "{\"ref\":\"refs/heads/other\",\"x\":\"" + "a".repeat(200_000) + "\"}";

        // When
        String answer = answer("127.0.0.6",
                "X-Hub-Signature-256: sha256=" + hmac(secret, large) + "\r\nExpect: 100-continue\r\n", large);

        // Then: genuine, and looked at without asking which branch it was
        assertThat(answer).startsWith("HTTP/1.1 100").contains("HTTP/1.1 202");
        assertThat(gauge("pocket_sync_webhooks_kept_bytes")).isZero();
    }

    @Test
    void anAnswerBeforeTheBodyDoesNotLeaveTheRestToTheNextRequest() throws Exception {
        // When: refused by its headers, on a connection that would go on
        try (Socket socket = send("127.0.0.6", "", 900_000, "{\"ref\":\"")) {
            socket.setSoTimeout(5_000);
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);

            // Then: the connection ended soon after
            assertThat(answer).startsWith("HTTP/1.1 401").containsIgnoringCase("connection: close");
        }
    }

    @Test
    @Tag("slow")
    void slowSendersHoldNoThreadAndNoPlaceForLong() throws Exception {
        // Given: more than one address may have under way at once
        List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < AT_ONCE + 5; i++) {
            slow.add(send("127.0.0.7", WRONG, 900_000, "{\"ref\":\""));
        }
        await().atMost(Duration.ofSeconds(2)).until(() -> gauge("pocket_sync_webhooks_arriving") == AT_ONCE);

        // When / Then: the others are served
        assertThat(answer("127.0.0.8", genuine(secret), BODY)).startsWith("HTTP/1.1 204");
        with(admin).get("/api/v1/sources").then().statusCode(200);
        assertThat(Thread.getAllStackTraces().values().stream().flatMap(Arrays::stream)
                .filter(frame -> frame.getClassName().endsWith("VertxInputStream"))).isEmpty();
        assertThat(gauge("pocket_sync_webhooks_arriving")).as("still under way").isEqualTo(AT_ONCE);

        // Then: in time they are let go
        List<String> answers = new ArrayList<>();
        for (Socket one : slow) {
            answers.add(read(one));
        }
        assertThat(answers).filteredOn(answer -> answer.startsWith("HTTP/1.1 408")).hasSize(AT_ONCE)
                .allSatisfy(answer -> assertThat(answer).contains("request_timeout"));
        assertThat(answers).filteredOn(answer -> answer.startsWith("HTTP/1.1 429")).hasSize(5);
        assertThat(gauge("pocket_sync_webhooks_arriving")).isZero();
        assertThat(gauge("pocket_sync_webhooks_kept_bytes")).isZero();
    }

    @Test
    void whoHangsUpLeavesNothing() throws Exception {
        // Given
        List<Socket> begun = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            begun.add(send("127.0.0.9", WRONG, 900_000, "{\"ref\":\""));
        }
        await().atMost(Duration.ofSeconds(2)).until(() -> gauge("pocket_sync_webhooks_kept_bytes") == 80);

        // When
        for (Socket one : begun) {
            one.close();
        }

        // Then
        await().atMost(Duration.ofSeconds(2)).until(() -> gauge("pocket_sync_webhooks_arriving") == 0
                && gauge("pocket_sync_webhooks_kept_bytes") == 0);
    }

    private String genuine(String with) {
        return "X-Hub-Signature-256: sha256=" + hmac(with, BODY) + "\r\n";
    }

    private double gauge(String name) {
        return meters.get(name).gauge().value();
    }

    private String answer(String from, String headers, String body) {
        try {
            return read(send(from, headers + "Connection: close\r\n", body.length(), body));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Socket send(String from, String headers, int length, String body) throws IOException {
        Socket socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), service.getPort(), InetAddress.ofLiteral(from),
                0);
        socket.setSoTimeout(10_000);
        socket.getOutputStream().write(("POST /v1/hooks/" + id + " HTTP/1.1\r\nHost: x\r\nX-GitHub-Event: push\r\n"
                + "Content-Type: application/json\r\n" + headers + "Content-Length: " + length + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static String read(Socket socket) throws IOException {
        try (socket; InputStream in = socket.getInputStream()) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }
}
