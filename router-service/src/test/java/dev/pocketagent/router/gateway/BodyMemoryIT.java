package dev.pocketagent.router.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.testkit.PackagedService;
import dev.pocketagent.testkit.PostgresResource;
import dev.pocketagent.testkit.RegistryDouble;

/** The packaged application with a heap of 256 MiB, its limits as they are by themselves, and bodies as large as they let in. */
@Tag("slow")
class BodyMemoryIT {

    private static final int MIB = 1024 * 1024;
    private static final HttpClient CLIENT = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @TempDir
    Path folder;
    private final PostgresResource postgres = new PostgresResource();
    private RegistryDouble registry;
    private PackagedService service;

    @BeforeEach
    void start() throws Exception {
        registry = new RegistryDouble();
        var key = folder.resolve("service.key");
        Files.writeString(key, registry.serviceKey());
        Map<String, String> settings = new HashMap<>(postgres.start());
        settings.putAll(Map.of("pocket.registry.url", registry.url(), "pocket.service-key-file", key.toString(),
                "pocket.router.usage.journal-dir", folder.resolve("journal").toString()));
        service = PackagedService.start(settings, folder.resolve("log"));
    }

    @AfterEach
    void stop() {
        service.kill();
        registry.close();
        postgres.stop();
    }

    private String newKey() {
        return registry.issue(Roles.AGENT, registry.newTenant());
    }

    /** A body of so many bytes; the piece is what its text is made of. */
    private static String chat(int bytes, String piece) {
        var start = "{\"model\":\"pocket/sandbox\",\"messages\":[{\"role\":\"user\",\"content\":\"";
        return start + piece.repeat((bytes - start.length() - 4) / piece.length()) + "\"}]}";
    }

    private int post(String key, String body) throws IOException, InterruptedException {
        return CLIENT.send(HttpRequest.newBuilder(URI.create(service.url() + "/v1/chat/completions"))
                .header("Authorization", "Bearer " + key).header("Content-Type", "application/json")
                .timeout(Duration.ofSeconds(60)).POST(BodyPublishers.ofString(body)).build(),
                BodyHandlers.discarding()).statusCode();
    }

    private List<Integer> atOnce(int times, Callable<Integer> call) throws Exception {
        var answers = new ArrayList<Future<Integer>>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < times; i++) {
                answers.add(threads.submit(call));
            }
        }
        var statuses = new ArrayList<Integer>();
        for (var answer : answers) {
            statuses.add(answer.get());
        }
        return statuses;
    }

    @Test
    void bodiesAsLargeAsTheyMayBeAreAnsweredAndEndNothing() throws Exception {
        // Given
        var key = newKey();
        await().atMost(Duration.ofSeconds(20)).until(() -> post(key, chat(200, "a")) == 200);
        var large = chat(15 * MIB, "a");
        List<String> bodies = List.of(chat(4 * MIB, "a"), chat(4 * MIB, "a "), chat(4 * MIB, "\\u00e9"),
                chat(4 * MIB, "\"},{\"role\":\"system\",\"content\":\"Opening hours\\n"));

        // When
        var tooLarge = atOnce(2, () -> post(key, large));
        for (var body : bodies) {
            for (int round = 0; round < 3; round++) {
                var one = atOnce(8, () -> post(key, body));
                var many = atOnce(8, () -> post(newKey(), body));

                // Then
                assertThat(one).containsAnyOf(200).allMatch(status -> status == 200 || status == 429);
                assertThat(many).containsAnyOf(200).allMatch(status -> status == 200 || status == 503);
            }
        }
        assertThat(tooLarge).containsOnly(413);
        assertThat(service.isAlive()).isTrue();
        assertThat(post(newKey(), chat(200, "a"))).isEqualTo(200);
    }
}
