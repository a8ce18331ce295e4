package dev.pocketagent.sync;

import java.io.IOException;
import java.net.URL;

import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.auth.Duties;
import dev.pocketagent.kit.auth.Roles;
import dev.pocketagent.testkit.ClosedRoutes;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;

/** No service of ours calls this one, so their keys open nothing here. */
@QuarkusTest
class ServiceKeysTest extends SyncTestBase {

    @TestHTTPResource(value = "/openapi?format=json", management = true)
    URL openApi;

    @Test
    void noRouteOpensForAServicesKeyWhateverItsScopes() throws IOException {
        String wide = registry.issue(Roles.SERVICE, null);
        String ours = registry.issue(Roles.SERVICE, null, Duties.ALL);

        // When / Then
        ClosedRoutes.refuse(openApi, 14, wide, ours);
    }
}
