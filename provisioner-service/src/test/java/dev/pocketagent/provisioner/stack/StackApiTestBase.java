package dev.pocketagent.provisioner.stack;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.provisioner.BundlesResource;
import dev.pocketagent.testkit.PostgresResource;
import dev.pocketagent.testkit.RegistryDouble;
import dev.pocketagent.testkit.RegistryResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;

/** The service on a real PostgreSQL, with real bundles and a double of the registry, and a tenant of its own for each test. */
@QuarkusTestResource(PostgresResource.class)
@QuarkusTestResource(RegistryResource.class)
@QuarkusTestResource(BundlesResource.class)
abstract class StackApiTestBase {

    static final String STACKS = "/api/v1/stacks";
    static final String SECRET = "s3cret-of-the-tenant";

    RegistryDouble registry;
    Path bundles;

    UUID tenant;
    String admin;
    String operator;

    @BeforeEach
    void keys() {
        tenant = registry.newTenant();
        admin = registry.issue(Roles.TENANT_ADMIN, tenant);
        operator = registry.issue(Roles.OPERATOR, null);
        await().atMost(Duration.ofSeconds(30)).until(() -> with(admin).get("/api/v1/templates").statusCode() == 200);
    }

    /** The directory of a stack in the backend {@code bundle}. */
    Path bundleOf(UUID stack) {
        String id = stack.toString();
        try (Stream<Path> all = Files.list(bundles)) {
            return all.filter(path -> path.getFileName().toString().endsWith(id.substring(id.length() - 8))).findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Asks for a stack of the template {@code web}. */
    ValidatableResponse apply(String key, String name, Map<String, Object> parameters) {
        return with(key).body(Map.of("name", name, "template", "web", "parameters", parameters)).post(STACKS).then();
    }

    /** The operation of an accepted wish, once it is over. */
    static Map<String, Object> finished(String key, ValidatableResponse accepted) {
        String path = "/api/v1/operations/" + accepted.extract().path("id");
        return await().atMost(Duration.ofSeconds(20)).until(
                () -> with(key).get(path).then().statusCode(200).extract().<Map<String, Object>>path(""),
                operation -> operation.get("endedAt") != null);
    }

    static RequestSpecification with(String key) {
        return given().header("Authorization", "Bearer " + key).contentType("application/json");
    }
}
