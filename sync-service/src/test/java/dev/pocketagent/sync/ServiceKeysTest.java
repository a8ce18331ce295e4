package dev.pocketagent.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.util.Map;

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

        // When
        Map<String, Integer> byWide = ClosedRoutes.answers(openApi, wide);
        Map<String, Integer> byOurs = ClosedRoutes.answers(openApi, ours);

        // Then
        assertThat(byWide).hasSizeGreaterThan(13)
                .allSatisfy((route, status) -> assertThat(status).as(route).isEqualTo(403));
        assertThat(byOurs).isEqualTo(byWide);
    }
}
