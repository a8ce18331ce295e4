package dev.pocketagent.router;

import java.io.IOException;
import java.net.URL;

import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Duties;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.router.gateway.UpstreamResource;
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
@QuarkusTestResource(UpstreamResource.class)
class ServiceKeysTest {

    RegistryDouble registry;

    @TestHTTPResource(value = "/openapi?format=json", management = true)
    URL openApi;

    @Test
    void noRouteOpensForAServicesKeyWhateverItsScopes() throws IOException {
        String wide = registry.issue(Roles.SERVICE, null);
        String ours = registry.issue(Roles.SERVICE, null, Duties.ALL);

        // When / Then
        ClosedRoutes.refuse(openApi, 3, wide, ours);
    }
}
