package dev.pocketagent.provisioner.engine;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.hasSize;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.provisioner.backend.Labels;
import dev.pocketagent.provisioner.engine.api.CallMeter;
import dev.pocketagent.provisioner.engine.api.ContainerInfo;
import dev.pocketagent.provisioner.engine.api.EngineClient;
import dev.pocketagent.provisioner.engine.http.EngineException;
import dev.pocketagent.provisioner.engine.http.Waiting;
import dev.pocketagent.testkit.PostgresResource;
import dev.pocketagent.testkit.RegistryDouble;
import dev.pocketagent.testkit.RegistryResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;

/** A tenant's way to a running container and back, over HTTP, with the service as it is. */
@QuarkusTest
@QuarkusTestResource(PostgresResource.class)
@QuarkusTestResource(RegistryResource.class)
@QuarkusTestResource(value = EngineResource.class, restrictToAnnotatedClass = true)
@Tag("slow")
@Tag("engine")
class StackApiEngineTest {

    private static final String STACKS = "/api/v1/stacks";
    private static final String SECRET = "s3cret-of-the-tenant";

    RegistryDouble registry;

    private String admin;
    private EngineClient client;
    private UUID tenant;

    @BeforeEach
    void connect() throws Exception {
        client = EngineClient.connect(EngineUnderTest.require(), CallMeter.NONE);
        EngineUnderTest.requireImage(client);
        tenant = registry.newTenant();
        admin = registry.issue(Roles.TENANT_ADMIN, tenant);
        await().atMost(Duration.ofSeconds(30)).until(() -> with(admin).get("/api/v1/templates").statusCode() == 200);
    }

    @AfterEach
    void removeEverything() throws EngineException {
        if (client != null && tenant != null) {
            for (String container : client.containers().idsWithLabel(Labels.TENANT, tenant.toString())) {
                client.containers().remove(container, true, Waiting.atMost(Duration.ofSeconds(30)));
            }
            for (var network : client.networks().withLabel(Labels.TENANT, tenant.toString())) {
                client.networks().remove(network.name());
            }
        }
    }

    @Test
    void aStackIsDeployedReadChangedAndDeleted() throws Exception {
        // Given
        Map<String, Object> parameters = Map.of("image", EngineUnderTest.IMAGE, "message", "Hello", "secrets",
                Map.of("TOKEN", SECRET));

        // When
        ValidatableResponse accepted = apply(parameters).statusCode(202).body("backend", equalTo("engine"));
        Map<String, Object> done = finished(accepted);

        // Then: it runs, and shows
        assertThat(done).as("%s", done).containsEntry("state", "succeeded");
        String path = STACKS + "/" + accepted.extract().path("stackId");
        ValidatableResponse view = with(admin).get(path).then().statusCode(200).body("state", equalTo("running"))
                .body("health", equalTo("healthy")).body("services", hasSize(1))
                .body("services[0].state", equalTo("running")).body("services[0].health", equalTo("healthy"))
                .body("services[0].upToDate", equalTo(true))
                .body("services[0].ports[0].hostAddress", equalTo("127.0.0.1"));
        int port = view.extract().path("services[0].ports[0].hostPort");
        given().get("http://127.0.0.1:" + port + "/").then().statusCode(200).body(containsString("<p>Hello</p>"));
        with(registry.issue(Roles.OPERATOR, null)).get("/api/v1/backends").then().statusCode(200).body("items.name",
                hasItems("engine", "bundle"));

        // The secret is in the container and nowhere that we show it
        List<String> containers = client.containers().idsWithLabel(Labels.TENANT, tenant.toString());
        assertThat(containers).hasSize(1);
        assertThat(client.containers().execute(containers.getFirst(), List.of("sh", "-c", "echo $TOKEN"),
                Waiting.atMost(Duration.ofSeconds(10))).output()).isEqualTo(SECRET + "\n");
        ContainerInfo info = client.containers().find(containers.getFirst()).orElseThrow();
        assertThat(info.labels().toString() + view.extract().asString() + done).doesNotContain(SECRET);

        // And again is nothing
        assertThat(finished(apply(parameters).statusCode(202))).containsEntry("state", "succeeded")
                .containsEntry("mutatingCalls", 0);
        assertThat(client.containers().idsWithLabel(Labels.TENANT, tenant.toString())).isEqualTo(containers);

        // And another message is another container
        assertThat(finished(apply(Map.of("image", EngineUnderTest.IMAGE, "message", "Bye")).statusCode(202)))
                .containsEntry("state", "succeeded");
        int newPort = with(admin).get(path).then().body("revision", equalTo(2)).extract()
                .path("services[0].ports[0].hostPort");
        given().get("http://127.0.0.1:" + newPort + "/").then().body(containsString("<p>Bye</p>"));

        // And gone is gone
        String version = with(admin).get(path).then().extract().header("ETag");
        assertThat(finished(with(admin).header("If-Match", version).delete(path).then().statusCode(202)))
                .containsEntry("state", "succeeded");
        assertThat(client.containers().idsWithLabel(Labels.TENANT, tenant.toString())).isEmpty();
        assertThat(client.networks().withLabel(Labels.TENANT, tenant.toString())).isEmpty();
        assertThat(client.volumes().withLabel(Labels.TENANT, tenant.toString())).isEmpty();
    }

    @Test
    void anImageThatIsNowhereFailsTheOperationWithTheCure() {
        // When
        Map<String, Object> done = finished(
                apply(Map.of("image", "localhost/pocketagent/nothing:1")).statusCode(202));

        // Then
        assertThat(done).containsEntry("state", "failed");
        assertThat(done.toString()).contains("localhost/pocketagent/nothing:1 is not on the engine's machine", "load");
    }

    private ValidatableResponse apply(Map<String, Object> parameters) {
        return with(admin).body(Map.of("name", "site", "template", "web", "parameters", parameters)).post(STACKS)
                .then();
    }

    private Map<String, Object> finished(ValidatableResponse accepted) {
        String path = "/api/v1/operations/" + accepted.extract().path("id");
        return await().atMost(Duration.ofSeconds(90)).until(
                () -> with(admin).get(path).then().statusCode(200).extract().<Map<String, Object>>path(""),
                operation -> operation.get("endedAt") != null);
    }

    private static RequestSpecification with(String key) {
        return given().header("Authorization", "Bearer " + key).contentType("application/json");
    }
}
