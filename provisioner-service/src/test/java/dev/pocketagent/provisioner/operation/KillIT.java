package dev.pocketagent.provisioner.operation;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.pocketagent.kit.auth.PlanLimits;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.testkit.PackagedService;
import dev.pocketagent.testkit.PostgresResource;
import dev.pocketagent.testkit.RegistryDouble;
import dev.pocketagent.testkit.RegistryResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;

/** The packaged service under {@code kill -9}: what it accepted is done by its successor, once. */
@Tag("slow")
class KillIT {

    private static final PlanLimits MANY = new PlanLimits("many", 1, 1000, 1_000_000, 1_000_000, 1024, 1000, 10, 1, 60,
            1000, 0, List.of("*"), List.of("*"), false, 0);

    @TempDir
    Path work;

    private final PostgresResource postgres = new PostgresResource();
    private final RegistryResource registryResource = new RegistryResource();
    private final Map<String, String> settings = new HashMap<>();
    private RegistryDouble registry;
    private PackagedService service;
    private String key;

    @BeforeEach
    void start() throws Exception {
        settings.putAll(postgres.start());
        settings.putAll(registryResource.start());
        registryResource.inject(new QuarkusTestResourceLifecycleManager.TestInjector() {
            @Override
            public void injectIntoFields(Object value,
                    java.util.function.Predicate<java.lang.reflect.Field> predicate) {
                registry = (RegistryDouble) value;
            }
        });
        settings.put("pocket.provisioner.bundle-dir", work.resolve("bundles").toString());
        settings.put("pocket.provisioner.backend", "bundle");
        settings.put("pocket.provisioner.operations.lease", "1s");
        key = registry.issue(Roles.TENANT_ADMIN, registry.newTenant(), MANY);
        launch();
    }

    @AfterEach
    void stop() throws Exception {
        service.close();
        registryResource.stop();
        postgres.stop();
    }

    @Test
    void whatWasAcceptedIsDoneOnceWheneverTheServiceDies() throws Exception {
        // Given
        Random random = new Random(5);
        List<String> operations = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            // Dies when it has taken in some, works on some and has done some.
            int enough = 8 + random.nextInt(8);
            int delay = random.nextInt(30);
            PackagedService victim = service;
            AtomicInteger accepted = new AtomicInteger();
            Thread killer = Thread.ofVirtual().start(() -> {
                try {
                    while (accepted.get() < enough) {
                        Thread.sleep(1);
                    }
                    Thread.sleep(delay);
                    victim.kill();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            for (int i = 0; victim.isAlive(); i++) {
                String body = "{\"name\":\"r" + round + "-" + i + "\",\"template\":\"web\"}";
                try {
                    Response answer = with().body(body).post("/api/v1/stacks");
                    if (answer.statusCode() == 202) {
                        operations.add(answer.path("id"));
                        accepted.incrementAndGet();
                    }
                } catch (Exception e) {
                    // It died in the middle of this one: then it may be there or not, but not twice.
                    break;
                }
            }
            killer.join();

            // When
            launch();
        }

        // Then
        assertThat(operations).hasSizeGreaterThanOrEqualTo(24);
        for (String id : operations) {
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> with().get("/api/v1/operations/" + id).path("state").equals("succeeded"));
        }
        Map<String, Integer> seen = new HashMap<>();
        String cursor = "";
        do {
            Response page = with().get("/api/v1/stacks?limit=200" + cursor);
            List<Map<String, Object>> items = page.path("items");
            items.forEach(item -> seen.merge((String) item.get("name"), 1, Integer::sum));
            items.forEach(item -> assertThat(item).containsEntry("revision", 1));
            cursor = page.path("nextCursor") == null ? "" : "&cursor=" + page.path("nextCursor");
        } while (!cursor.isEmpty());
        assertThat(seen.values()).containsOnly(1);
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            try (Stream<Path> bundles = Files.list(work.resolve("bundles"))) {
                assertThat(bundles.map(b -> b.getFileName().toString())).hasSize(seen.size())
                        .noneMatch(n -> n.startsWith("."));
            }
        });
        try (Stream<Path> bundles = Files.list(work.resolve("bundles"))) {
            bundles.forEach(b -> assertThat(b.resolve("bundle.json")).exists());
        }
    }

    private void launch() throws Exception {
        service = PackagedService.start(settings, work.resolve("service.log"));
        io.restassured.RestAssured.port = service.port();
    }

    private RequestSpecification with() {
        return given().baseUri("http://127.0.0.1").header("Authorization", "Bearer " + key)
                .contentType("application/json");
    }
}
