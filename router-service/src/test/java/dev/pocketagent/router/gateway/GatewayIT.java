package dev.pocketagent.router.gateway;

import io.quarkus.test.junit.QuarkusIntegrationTest;

@QuarkusIntegrationTest
class GatewayIT extends GatewayTest {}
