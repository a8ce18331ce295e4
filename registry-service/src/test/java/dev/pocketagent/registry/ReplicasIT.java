package dev.pocketagent.registry;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import dev.pocketagent.testkit.PackagedService;
import dev.pocketagent.testkit.PostgresResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager.TestInjector;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;

/** Two packaged registries on one database share the work; when one is killed, the other goes on with it. */
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReplicasIT {

    private static final Path LOG = Path.of("target", "replicas-it.log");
    /** What a suspension or a revocation may take until it holds everywhere. */
    private static final Duration EVERYWHERE = Duration.ofSeconds(5);

    private final PostgresResource postgres = new PostgresResource();
    private final BootstrapResource bootstrap = new BootstrapResource();
    private final Map<String, String> settings = new HashMap<>();
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
    private String operator;
    private PackagedService one;
    private PackagedService two;

    @BeforeAll
    void start() throws Exception {
        settings.putAll(postgres.start());
        settings.putAll(bootstrap.start());
        bootstrap.inject(new TestInjector() {
            @Override
            public void injectIntoFields(Object value,
                    java.util.function.Predicate<java.lang.reflect.Field> predicate) {
                operator = ((BootstrapKeys) value).operator();
            }
        });
        // At once, so that both meet the empty database together.
        Future<PackagedService> first = callers.submit(() -> PackagedService.start(settings, LOG));
        two = PackagedService.start(settings, LOG);
        one = first.get();
    }

    @AfterAll
    void stop() {
        one.close();
        two.close();
        callers.close();
        bootstrap.stop();
        postgres.stop();
    }

    private static RequestSpecification at(PackagedService replica, String key) {
        return given().baseUri(replica.url()).header("Authorization", "Bearer " + key)
                .contentType("application/json");
    }

    private RequestSpecification at(PackagedService replica) {
        return at(replica, operator);
    }

    private PackagedService replica(int i) {
        return i % 2 == 0 ? one : two;
    }

    private String tenant(String plan) {
        return at(one).body(Map.of("slug", RegistryTestBase.newSlug(), "name", "Replicated", "plan", plan))
                .post("/api/v1/tenants").then().statusCode(201).extract().path("id");
    }

    private String key(String tenant) {
        return at(one).body(Map.of("name", "a key", "role", "tenant-admin"))
                .post("/api/v1/tenants/" + tenant + "/keys").then().statusCode(201).extract().path("secret");
    }

    private <T> List<T> together(int callersCount, java.util.function.IntFunction<T> call) throws Exception {
        List<Callable<T>> calls = IntStream.range(0, callersCount).<Callable<T>>mapToObj(i -> () -> call.apply(i))
                .toList();
        List<T> answers = new ArrayList<>();
        for (Future<T> answer : callers.invokeAll(calls)) {
            answers.add(answer.get());
        }
        return answers;
    }

    @Test
    void aLimitHoldsExactlyAcrossBoth() throws Exception {
        // Given
        String tenant = tenant("starter");
        // When
        List<Integer> answers = together(30,
                i -> at(replica(i)).body(Map.of("holder", "stack/" + i, "amounts", Map.of("stacks", 1)))
                        .post("/api/v1/tenants/" + tenant + "/reservations").statusCode());
        // Then
        assertThat(answers).filteredOn(status -> status == 201).hasSize(2);
        assertThat(answers).filteredOn(status -> status == 409).hasSize(28);
    }

    @Test
    void whatOneRefusesTheOtherRefusesSoon() {
        // Given
        String tenant = tenant("team");
        String key = key(tenant);
        for (PackagedService replica : List.of(one, two)) {
            assertThat(at(replica, key).get("/api/v1/tenants/" + tenant).statusCode()).isEqualTo(200);
        }
        // When
        at(one).body(Map.of("reason", "invoice 42 unpaid")).post("/api/v1/tenants/" + tenant + "/suspend").then()
                .statusCode(200);
        // Then
        await().atMost(EVERYWHERE)
                .until(() -> at(two, key).get("/api/v1/tenants/" + tenant).statusCode() == 403);
    }

    @Test
    void chainsAndFeedAreWholeWhenBothWrite() throws Exception {
        // Given
        String tenant = tenant("business");
        long before = ((Number) at(one).get("/api/v1/events?after=latest").path("next")).longValue();
        // When
        List<String> made = together(40, i -> at(replica(i)).body(Map.of("name", "key " + i, "role", "agent"))
                .post("/api/v1/tenants/" + tenant + "/keys").then().statusCode(201).extract().path("id"));
        // Then
        Response verdict = at(two).get("/api/v1/audit/verify?tenant=" + tenant);
        assertThat(verdict.<Boolean>path("intact")).isTrue();
        assertThat(verdict.<Integer>path("checkedRows")).isEqualTo(41);
        for (PackagedService replica : List.of(one, two)) {
            List<String> told = at(replica).get("/api/v1/events?limit=200&after=" + before)
                    .path("items.findAll { it.tenantId == '" + tenant + "' && it.type == 'key.created' }.data.keyId");
            assertThat(told).containsExactlyInAnyOrderElementsOf(made);
        }
    }

    @Test
    void aKilledCallerAndAKilledReplicaHoldNothingUp() throws Exception {
        // Given
        String tenant = tenant("starter");
        PackagedService third = PackagedService.start(settings, LOG);
        for (int i = 0; i < 2; i++) {
            at(third).body(Map.of("holder", "stack/" + i, "amounts", Map.of("stacks", 1), "ttlSeconds", 5))
                    .post("/api/v1/tenants/" + tenant + "/reservations").then().statusCode(201);
        }
        // When
        third.kill();
        // Then
        assertThat(at(one).body(Map.of("holder", "stack/3", "amounts", Map.of("stacks", 1)))
                .post("/api/v1/tenants/" + tenant + "/reservations").statusCode()).isEqualTo(409);
        await().atMost(Duration.ofSeconds(40))
                .until(() -> at(two).get("/api/v1/tenants/" + tenant + "/quota")
                        .<Integer>path("resources.stacks.reserved") == 0);
        // Whoever ends them first writes it down, once.
        await().atMost(Duration.ofSeconds(40))
                .until(() -> at(one).get("/api/v1/audit?action=reservation.expire&tenant=" + tenant)
                        .<List<Object>>path("items").size() == 2);
        assertThat(at(one).get("/api/v1/audit/verify?tenant=" + tenant).<Boolean>path("intact")).isTrue();
    }
}
