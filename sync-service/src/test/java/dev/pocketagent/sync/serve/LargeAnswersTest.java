package dev.pocketagent.sync.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.problem.ProblemMappers;
import dev.pocketagent.sync.SyncTestBase;
import dev.pocketagent.sync.git.TestGit;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;

/** Readers that take large answers slowly, or not at all. */
@QuarkusTest
@Tag("slow")
class LargeAnswersTest extends SyncTestBase {

    /** More than the buffers of both ends take, and more than a quarter of what the tests allow in all (16 MiB). */
    private static final int SIZE = 6 * 1024 * 1024;

    @TestHTTPResource
    URL service;
    @Inject
    MeterRegistry meters;

    @Test
    void slowReadersKeepTheirTenantWaitingAndNobodyElse() throws Exception {
        // Given
        byte[] content = new byte[SIZE];
        new Random(7).nextBytes(content);
        String path = "/api/v1/sources/" + source(content) + "/files/data.bin";
        String mine = admin;
        with(mine).get(path).then().statusCode(200).header("Content-Length", String.valueOf(SIZE));
        assertThat(with(mine).get(path).asByteArray()).isEqualTo(content);
        tenant = registry.newTenant();
        admin = registry.issue(Roles.TENANT_ADMIN, tenant);
        String theirs = "/api/v1/sources/" + source(content) + "/files/data.bin";
        await().atMost(Duration.ofSeconds(1)).until(() -> answers() == 0);

        // When
        try (Socket slow = reader(mine, path)) {
            await().atMost(Duration.ofSeconds(2)).until(() -> answers() == 1);

            // Then
            Response second = with(mine).get(path);
            second.then().statusCode(503).header("Retry-After", "1").body("code", equalTo("overloaded"));
            assertThat(with(admin).get(theirs).asByteArray()).isEqualTo(content);
            with(mine).get(path.replace("/files/data.bin", "/context/prompt")).then().statusCode(200);
            assertThat(bytes()).as("what is held of the slow one").isEqualTo(SIZE);

            // Then: it is cut off in time
            await().atMost(Duration.ofSeconds(8)).until(() -> answers() == 0);
            assertThat(read(slow)).as("not the whole of it").isLessThan(SIZE);
        }
        with(mine).get(path).then().statusCode(200);
        await().atMost(Duration.ofSeconds(1)).until(() -> bytes() == 0);
    }

    @Test
    void whatIsNotReadToItsEndHoldsNothing() throws Exception {
        // Given
        String id = source(new byte[SIZE]);
        String path = "/api/v1/sources/" + id + "/files/data.bin";
        List<LogRecord> logged = new CopyOnWriteArrayList<>();
        Handler log = new Handler() {
            @Override
            public void publish(LogRecord one) {
                logged.add(one);
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger problems = Logger.getLogger(ProblemMappers.class.getName());
        problems.addHandler(log);

        // When
        for (int i = 0; i < 3; i++) {
            try (Socket _ = reader(admin, path)) {
                await().atMost(Duration.ofSeconds(2)).until(() -> answers() == 1);
            }
            await().atMost(Duration.ofSeconds(2)).until(() -> answers() == 0);
        }
        problems.removeHandler(log);
        with(admin).head(path).then().statusCode(200).header("Content-Length", String.valueOf(SIZE));

        // Then
        await().atMost(Duration.ofSeconds(1)).until(() -> answers() == 0);
        with(admin).get(path).then().statusCode(200);
        assertThat(logged).as("whoever leaves is no error of ours").isEmpty();
    }

    @Test
    void largeListsAndContextsAreCountedAndWhole() throws Exception {
        // Given
        String name = newName();
        TestGit git = TestGit.init(places.repositories().resolve(name));
        for (int i = 0; i < 300; i++) {
            git.write("context/note-" + i + ".md", "n".repeat(1000));
        }
        git.write("context/MISSION.md", "é".repeat(50_000)).write("context/GOALS.md", "g".repeat(2_200_000))
                .write("context/bin", "\0").commit("large");
        String id = synced(gitSource(name)).getString("id");
        String source = "/api/v1/sources/" + id;

        // When / Then
        with(admin).get(source + "/files").then().statusCode(200).contentType("application/json").body("items",
                hasSize(303));
        with(admin).get(source + "/context").then().statusCode(200).contentType("application/json")
                .body("files", hasSize(303))
                .body("files.find { it.path == 'context/bin' }.encoding", equalTo("base64"))
                .body("files.find { it.path == 'context/MISSION.md' }.content", equalTo("é".repeat(50_000)));
        assertThat(with(admin).get(source + "/context/prompt").asString()).contains("é".repeat(50_000))
                .hasSizeGreaterThan(2_250_000);
        await().atMost(Duration.ofSeconds(1)).until(() -> answers() == 0);
        git.write("context/BELIEFS.md", "b".repeat(2_200_000)).commit("too large");
        sync(id);
        with(admin).get(source + "/context/prompt").then().statusCode(422).body("code", equalTo("context_too_large"));
        await().atMost(Duration.ofSeconds(1)).until(() -> answers() == 0);
    }

    private String source(byte[] content) throws IOException {
        String name = newName();
        TestGit git = TestGit.init(places.repositories().resolve(name));
        Files.write(git.folder().resolve("data.bin"), content);
        git.commit("large");
        return synced(gitSource(name)).getString("id");
    }

    private double answers() {
        return meters.get("pocket_sync_large_answers").gauge().value();
    }

    private double bytes() {
        return meters.get("pocket_sync_large_answers_bytes").gauge().value();
    }

    /** A reader that asks and takes nothing. */
    private Socket reader(String key, String path) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.setSoTimeout(10_000);
        socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), service.getPort()));
        socket.getOutputStream()
                .write(("GET " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + key + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static int read(Socket socket) throws IOException {
        int count = 0;
        byte[] piece = new byte[64 * 1024];
        try {
            int more = socket.getInputStream().read(piece);
            while (more >= 0) {
                count += more;
                more = socket.getInputStream().read(piece);
            }
        } catch (SocketException reset) {
            // cut off
        }
        return count;
    }
}
