package dev.pocketagent.registry;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.BeforeEach;

import dev.pocketagent.registry.pocketbase.PocketBaseResource;
import dev.pocketagent.testkit.PostgresResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;

/** A running registry on a real PostgreSQL, with an operator's and a service's key. */
@QuarkusTestResource(PostgresResource.class)
@QuarkusTestResource(BootstrapResource.class)
@QuarkusTestResource(PocketBaseResource.class)
public abstract class RegistryTestBase {

    private static final AtomicInteger COUNTER = new AtomicInteger();
    private static final String RUN = Long.toString(System.nanoTime(), 36);

    public BootstrapKeys first;

    /** A tenant made for a test. */
    public record Made(UUID id, String slug) {}

    @BeforeEach
    void ready() {
        await().atMost(Duration.ofSeconds(30)).until(() -> operator().get("/api/v1/plans").statusCode() == 200);
    }

    public static RequestSpecification with(String key) {
        return given().header("Authorization", "Bearer " + key).contentType("application/json");
    }

    public RequestSpecification operator() {
        return with(first.operator());
    }

    /** May do all that the role service may, which none of our own services may. */
    public RequestSpecification service() {
        return with(first.service());
    }

    /** A slug that no other test has. */
    public static String newSlug() {
        return "t" + RUN + "-" + COUNTER.incrementAndGet();
    }

    public Made newTenant(String plan) {
        String slug = newSlug();
        String id = operator().body(Map.of("slug", slug, "name", "Test " + slug, "plan", plan)).post("/api/v1/tenants")
                .then().statusCode(201).extract().path("id");
        return new Made(UUID.fromString(id), slug);
    }

    public ValidatableResponse issue(Made tenant, String role) {
        return operator().body(Map.of("name", "a key", "role", role)).post("/api/v1/tenants/" + tenant.id() + "/keys")
                .then().statusCode(201);
    }

    /** The secret of a new key of this tenant. */
    public String keyOf(Made tenant, String role) {
        return issue(tenant, role).extract().path("secret");
    }

    /** The secret of a new key of the platform. */
    public String platformKey(String role) {
        return operator().body(Map.of("name", "a key", "role", role)).post("/api/v1/keys").then().statusCode(201)
                .extract().path("secret");
    }
}
