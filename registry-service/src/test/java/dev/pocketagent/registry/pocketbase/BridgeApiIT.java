package dev.pocketagent.registry.pocketbase;

import io.quarkus.test.junit.QuarkusIntegrationTest;

@QuarkusIntegrationTest
class BridgeApiIT extends BridgeApiTest {

    @Override
    boolean seesManagement() {
        return false;
    }
}
