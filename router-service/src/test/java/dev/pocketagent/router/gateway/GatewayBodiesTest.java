package dev.pocketagent.router.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;

/** Clients whose bodies do not come to an end: 64 MiB and 660 places are there for all, 3 s for a body. */
@QuarkusTest
@Tag("slow")
class GatewayBodiesTest extends GatewayTestBase {

    private static final int A_THIRD_OF_PLACES = 220;
    private static final String LARGEST = "Content-Length: " + 16 * 1024 * 1024;

    private final List<RawClient> clients = new ArrayList<>();
    private String other;

    @BeforeEach
    void anotherTenant() throws Exception {
        other = registry.issue(Roles.AGENT, registry.newTenant());
        assertThat(post(other, chat("echo", false)).statusCode()).isEqualTo(200);
    }

    @AfterEach
    void leave() throws IOException {
        for (var client : clients) {
            client.close();
        }
    }

    private RawClient begin(String key, String framing, String begin) throws IOException {
        var client = new RawClient(RestAssured.port, key, framing, begin);
        clients.add(client);
        return client;
    }

    private void assertOthersAreServed() throws Exception {
        long before = System.nanoTime();
        assertThat(post(other, chat("echo", false)).statusCode()).isEqualTo(200);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void largeBodiesThatStallLeaveRoomForOthersAndEndAtTheDeadline() throws Exception {
        // Given four, which would be all the memory there is
        var first = begin(key, LARGEST, "{");
        first.in();
        Thread.sleep(100);
        for (int i = 0; i < 3; i++) {
            begin(key, i == 0 ? "Transfer-Encoding: chunked" : LARGEST, i == 0 ? "1\r\n{\r\n" : "{");
        }

        // When
        assertOthersAreServed();

        // Then
        assertThat(first.rest()).startsWith("HTTP/1.1 408 ").containsIgnoringCase("connection: close")
                .contains("\"code\":\"request_timeout\"", "3000 ms");
        assertThat(clients.get(1).rest()).startsWith("HTTP/1.1 408 ");
        assertThat(clients.get(2).rest()).startsWith("HTTP/1.1 429 ").containsIgnoringCase("retry-after: 1")
                .contains("\"code\":\"rate_limit_exceeded\"");
        assertThat(clients.get(3).rest()).startsWith("HTTP/1.1 429 ");
        assertThat(post(key, chat("echo", false)).statusCode()).isEqualTo(200);
    }

    @Test
    void smallBodiesThatStallLeavePlacesForOthers() throws Exception {
        // Given
        for (int i = 0; i < A_THIRD_OF_PLACES; i++) {
            begin(key, "Content-Length: 1000", "{");
        }

        // When
        assertOthersAreServed();

        // Then
        await().atMost(Duration.ofSeconds(2))
                .untilAsserted(() -> assertThat(post(key, chat("echo", false)).statusCode()).isEqualTo(429));
        assertOthersAreServed();
        leave();
        await().atMost(Duration.ofSeconds(2))
                .untilAsserted(() -> assertThat(post(key, chat("echo", false)).statusCode()).isEqualTo(200));
    }

    @Test
    void aBodyIsGivenBackWhenItsClientLeavesWhileTheProviderThinks() throws Exception {
        // Given
        var start = "{\"model\":\"silent\",\"stream\":true,\"user\":\"" + marker
                + "\",\"messages\":[{\"role\":\"user\",\"content\":\"";
        var body = start + "x".repeat(16 * 1024 * 1024 - start.length() - 4) + "\"}]}";
        var client = new RawClient(RestAssured.port, key, body);
        clients.add(client);
        await().until(() -> upstream.seen(marker).size() == 1);
        assertThat(begin(key, LARGEST, "{").rest()).startsWith("HTTP/1.1 429 ");

        // When
        client.leave();

        // Then
        await().atMost(Duration.ofSeconds(2)).until(() -> {
            var again = begin(key, LARGEST, "{");
            Thread.sleep(100);
            return again.in().available() == 0;
        });
    }
}
