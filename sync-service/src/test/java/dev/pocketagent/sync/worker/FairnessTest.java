package dev.pocketagent.sync.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.sync.SyncTestBase;
import io.quarkus.test.junit.QuarkusTest;

/** Tenants share the workers. */
@QuarkusTest
@Tag("slow")
class FairnessTest extends SyncTestBase {

    @Test
    void slowRemotesOfOneTenantHoldUpNobodyElse() throws Exception {
        // Given: remotes that take a connection and say nothing; each holds a worker for the two seconds of fetch-idle
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"))) {
            String theirs = admin;
            List<String> slow = new ArrayList<>();
            for (int i = 0; i < 9; i++) {
                Map<String, Object> body = new HashMap<>(gitSource(newName()));
                body.put("url", "http://127.0.0.1:" + silent.getLocalPort() + "/x");
                slow.add(with(theirs).body(body).post("/api/v1/sources").then().statusCode(201).extract().path("id"));
            }
            String name = newName();
            newRepository(name);
            tenant = registry.newTenant();
            admin = registry.issue(Roles.TENANT_ADMIN, tenant);

            // When
            long begun = System.nanoTime();
            synced(gitSource(name));

            // Then
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(4));
            assertThat(with(theirs).get("/api/v1/sources/" + slow.getLast()).jsonPath().getString("state"))
                    .as("the slow ones are not over yet").isEqualTo("new");
            for (String id : slow) {
                with(theirs).header("If-Match", "*").delete("/api/v1/sources/" + id);
            }
        }
    }
}
