package dev.pocketagent.sync;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.sync.git.GitHttpServer;
import dev.pocketagent.sync.git.TestGit;
import dev.pocketagent.testkit.PackagedService;
import dev.pocketagent.testkit.PostgresResource;
import dev.pocketagent.testkit.RegistryDouble;
import io.restassured.path.json.JsonPath;
import io.restassured.specification.RequestSpecification;

/** The packaged application, killed without warning in the middle of its work and started again. */
@Tag("slow")
class KillIT {

    @TempDir
    Path folder;
    private final PostgresResource postgres = new PostgresResource();
    private final Map<String, String> settings = new HashMap<>();
    private RegistryDouble registry;
    private GitHttpServer server;
    private PackagedService service;
    private String admin;
    private Path published;

    @BeforeEach
    void start() throws Exception {
        registry = new RegistryDouble();
        server = new GitHttpServer(Files.createDirectories(folder.resolve("repositories")));
        Path key = folder.resolve("service.key");
        Files.writeString(key, registry.serviceKey());
        published = folder.resolve("published");
        settings.putAll(postgres.start());
        settings.putAll(Map.of("pocket.registry.url", registry.url(), "pocket.service-key-file", key.toString(),
                "pocket.sync.store-dir",
                folder.resolve("stores").toString(), "pocket.sync.publish-root", published.toString(),
                "pocket.outbound.allow-cidrs",
                "127.0.0.0/8", "pocket.outbound.allow-schemes", "http", "pocket.outbound.allow-ports", "0",
                "pocket.sync.jobs.lease", "3s"));
        UUID tenant = registry.newTenant();
        admin = registry.issue(Roles.TENANT_ADMIN, tenant);
        published = published.resolve(tenant.toString());
        launch();
    }

    @AfterEach
    void stop() throws Exception {
        service.kill();
        server.close();
        registry.close();
        postgres.stop();
    }

    @Test
    void whatWasBegunIsFinishedAndNothingIsTorn() throws Exception {
        // Given: a source that is live, and a change whose fetch takes long
        TestGit git = TestGit.init(folder.resolve("repositories/one"));
        for (int i = 0; i < 300; i++) {
            git.write("context/f" + i + ".md", "first");
        }
        String first = git.commit("first");
        String id = caller().body(Map.of("name", "one", "kind", "git", "url", server.url("one"), "publishTo", "one"))
                .post("/api/v1/sources").then().statusCode(201).extract().path("id");
        await().atMost(Duration.ofSeconds(20)).until(() -> first.equals(source(id).getString("revision")));
        for (int i = 0; i < 300; i++) {
            git.write("context/f" + i + ".md", "second");
        }
        String second = git.commit("second");
        server.delay(1500);
        String operation = caller().post("/api/v1/sources/" + id + "/sync").then().statusCode(202).extract().path("id");
        await().atMost(Duration.ofSeconds(10)).until(() -> "running".equals(operation(operation).getString("state")));

        // When
        service.kill();
        server.delay(0);
        assertWhole();
        launch();

        // Then
        await().atMost(Duration.ofSeconds(30)).until(() -> "succeeded".equals(operation(operation).getString("state")));
        assertThat(source(id).getString("revision")).isEqualTo(second);
        await().atMost(Duration.ofSeconds(5))
                .until(() -> Files.readString(published.resolve("one/current/context/f0.md")).equals("second"));
        assertWhole();
    }

    private void assertWhole() throws IOException {
        try (Stream<Path> files = Files.list(published.resolve("one/current/context"))) {
            List<String> contents = new ArrayList<>();
            for (Path file : files.toList()) {
                contents.add(Files.readString(file));
            }
            assertThat(contents).hasSize(300);
            assertThat(contents.stream().distinct()).hasSize(1);
        }
    }

    private void launch() throws Exception {
        service = PackagedService.start(settings, Path.of("target", "kill-it.log"));
    }

    private RequestSpecification caller() {
        return given().baseUri("http://127.0.0.1").port(service.port()).header("Authorization", "Bearer " + admin)
                .contentType("application/json");
    }

    private JsonPath source(String id) {
        return caller().get("/api/v1/sources/" + id).jsonPath();
    }

    private JsonPath operation(String id) {
        return caller().get("/api/v1/operations/" + id).jsonPath();
    }
}
