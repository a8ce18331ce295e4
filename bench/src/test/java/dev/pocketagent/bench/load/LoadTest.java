package dev.pocketagent.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import com.sun.net.httpserver.HttpServer;

@Tag("slow")
class LoadTest {

    private static final long PAUSE_MILLIS = 600;

    private HttpServer server;
    private ExecutorService threads;
    private final AtomicInteger asked = new AtomicInteger();
    private volatile int pauseAt = -1;
    private volatile int status = 200;

    @BeforeEach
    void start() throws IOException {
        // One thread: while it pauses, nobody is served.
        threads = Executors.newSingleThreadExecutor();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            if (asked.incrementAndGet() == pauseAt) {
                try {
                    Thread.sleep(PAUSE_MILLIS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        threads.shutdownNow();
    }

    private Route route() {
        URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
        return new Route("test", _ -> HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(10)).build(),
                answer -> answer.statusCode() == 200);
    }

    @Test
    void aPauseCountsForEveryRequestThatWasDueInIt() throws InterruptedException {
        // Given
        pauseAt = 50;
        try (Load load = new Load(new Cpu(-1, -1))) {
            // When
            Outcome outcome = load.open(route(), 100, Duration.ZERO, Duration.ofSeconds(2));

            // Then: of 200 requests some 60 fell into 600 ms. Waiting for each answer before the next request is sent would
            // have seen one.
            assertThat(outcome.micros().getTotalCount()).isEqualTo(200);
            assertThat(outcome.failed()).isZero();
            long slow = outcome.micros().getCountBetweenValues(100_000, outcome.micros().getHighestTrackableValue());
            assertThat(slow).isGreaterThan(30);
            assertThat(outcome.micros().getMaxValue()).isGreaterThanOrEqualTo((PAUSE_MILLIS - 50) * 1000);
        }
    }

    @Test
    void anotherAnswerThanTheOneWantedIsAFailureAndNoThroughput() {
        // Given
        status = 503;
        try (Load load = new Load(new Cpu(-1, -1))) {
            // When
            Outcome outcome = load.closed(route(), 4, Duration.ZERO, Duration.ofMillis(300));

            // Then
            assertThat(outcome.failed()).isPositive().isEqualTo(outcome.micros().getTotalCount());
            assertThat(outcome.failures()).containsOnlyKeys("status 503");
            assertThat(outcome.perSecond()).isZero();
            assertThat(outcome.json().path("failures").path("status 503").asLong()).isPositive();
        }
    }
}
