package dev.pocketagent.provisioner;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URL;
import java.time.Duration;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Duties;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.kit.db.Schema;
import dev.pocketagent.testkit.ClosedRoutes;
import dev.pocketagent.testkit.PostgresResource;
import dev.pocketagent.testkit.RegistryDouble;
import dev.pocketagent.testkit.RegistryResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;

/** No service of ours calls this one, so their keys open nothing here. */
@QuarkusTest
@QuarkusTestResource(PostgresResource.class)
@QuarkusTestResource(RegistryResource.class)
@QuarkusTestResource(BundlesResource.class)
class ServiceKeysTest {

    RegistryDouble registry;

    @Inject
    Schema schema;

    @TestHTTPResource(value = "/openapi?format=json", management = true)
    URL openApi;

    @Test
    void noRouteOpensForAServicesKeyWhateverItsScopes() throws IOException {
        String wide = registry.issue(Roles.SERVICE, null);
        String ours = registry.issue(Roles.SERVICE, null, Duties.ALL);
        await().atMost(Duration.ofSeconds(30)).until(schema::ready);

        // When / Then
        ClosedRoutes.refuse(openApi, 12, wide, ours);
    }
}
