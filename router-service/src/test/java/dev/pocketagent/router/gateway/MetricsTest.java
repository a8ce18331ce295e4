package dev.pocketagent.router.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;

import dev.pocketagent.testkit.PostgresResource;
import dev.pocketagent.testkit.RegistryResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

@QuarkusTest
@QuarkusTestResource(PostgresResource.class)
@QuarkusTestResource(RegistryResource.class)
@QuarkusTestResource(UpstreamResource.class)
class MetricsTest {

    @Test
    void countersAreThereFromTheStart() throws Exception {
        // Given
        var port = ConfigProvider.getConfig().getValue("quarkus.management.test-port", Integer.class);

        // When
        var metrics = HttpClient.newHttpClient().send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/q/metrics")).build(),
                BodyHandlers.ofString()).body();

        // Then
        assertThat(metrics).contains("pocket_router_requests_total{outcome=\"interrupted\"}",
                "pocket_router_upstream_failures_total{provider=\"gone\",reason=\"first_byte_timeout\"}",
                "pocket_router_tokens_total{direction=\"output\",provider=\"sandbox\"}",
                "pocket_router_cost_micros_total{provider=\"faulty\"}", "pocket_router_usage_rows_stored_total",
                "pocket_router_usage_queued", "pocket_router_in_flight", "pocket_router_first_byte_seconds_bucket",
                "pocket_router_request_seconds_count", "pocket_router_provider_healthy{provider=\"narrow\"}");
    }
}
